import { setTimeout as pause } from 'node:timers/promises';
import { operation, Visitor } from '../../support/visitor.js';

const EVERY_MS = Number(process.env['EVERY_MS'] ?? 20);
/** Every so many events one that changes the cart. */
const CHANGES = 10;
const PATIENCE_MS = 10_000;

/** How long acknowledged events took, by node, in ms; and what went wrong. */
export interface HealthyFigures {
  readonly tookMs: readonly (readonly number[])[];
  readonly troubles: readonly string[];
}

// A process of its own: what the hostile client does must not show in what this one measures. It uses each node
// that is named, as a page does, and tells on demand how long it waited.
const nodes = process.argv.slice(2);
let tookMs: number[][] = nodes.map(() => []);
let troubles: string[] = [];
/** When the event was sent that each waits for; undefined while it waits for none. */
const waitingSince: (number | undefined)[] = nodes.map(() => undefined);

process.on('message', () => {
  const now = performance.now();
  // Who still waits has waited that long, at least.
  waitingSince.forEach((since, index) => {
    if (since !== undefined) tookMs[index]?.push(now - since);
  });
  process.send?.({ tookMs, troubles } satisfies HealthyFigures);
  tookMs = nodes.map(() => []);
  troubles = [];
});
process.once('disconnect', () => process.exit());

async function use(url: string, index: number): Promise<never> {
  const visitor = await new Visitor({ url, isPlain: true }).arrive();
  const { client } = await visitor.connect();
  client.on('disconnect', (reason) => troubles.push(`disconnected: ${reason}`));
  for (let sent = 0; ; sent += 1) {
    const start = performance.now();
    waitingSince[index] = start;
    try {
      const isChange = sent % CHANGES === 0;
      const payload = isChange
        ? ['cart:apply', operation('set', 'scale', 1 + (sent % 99))]
        : ['cart:sync', { version: 0, revision: '' }];
      const [event, ...rest] = payload as [string, unknown];
      const answer: unknown = await client.timeout(PATIENCE_MS).emitWithAck(event, ...rest);
      if (!(answer as { ok: boolean }).ok) troubles.push(`refused: ${JSON.stringify(answer)}`);
    } catch (error) {
      troubles.push(String(error));
      await pause(PATIENCE_MS / 10);
    }
    waitingSince[index] = undefined;
    tookMs[index]?.push(performance.now() - start);
    await pause(EVERY_MS);
  }
}

await Promise.all(nodes.map(use));
