import { TEST_SECRET } from '../../../support/test-node.js';
import type { Experiment, Stage } from '../experiment.js';
import { atMost, givenUp, longestGap, plain } from '../measures.js';
import { startSingle } from '../single-redis.js';

const NEXT_SECRET = 'the secret that comes after the first one';
const EXIT_WITHIN_MS = 15_000;
const BETWEEN_MS = 2000;
/** First every node learns to verify with the new secret, then each signs with it. */
const ROLLS = [`${TEST_SECRET},${NEXT_SECRET}`, `${NEXT_SECRET},${TEST_SECRET}`];

/** Nodes are replaced one by one, twice, and the secret with them. */
export const rolling: Experiment = {
  name: 'rolling',
  nodes: 3,
  closeWithinMs: 2000,
  takenOut: { what: 'a secret verifies everywhere before it signs', seenAs: ['forced out'] },
  deploy: () => startSingle(),
  async harm(stage) {
    const from = Date.now();
    const exits: { code: number | null; ms: number }[] = [];
    for (const secret of stage.isUnprotected ? ROLLS.slice(1) : ROLLS) {
      for (const station of [...stage.fleet.stations]) {
        exits.push(await replace(stage, station, secret));
      }
    }
    const bad = exits.filter(({ code }) => code !== 0).length;
    return [
      plain('nodes replaced', exits.length),
      atMost('longest exit, ms', Math.max(...exits.map(({ ms }) => ms)), EXIT_WITHIN_MS),
      atMost('exits with another code than 0', bad, 0, ''),
      atMost('operations given up', givenUp(stage.history).size, 0, ''),
      plain(
        'longest time without a write, ms',
        longestGap(stage.history, { from, to: Date.now() }),
      ),
    ];
  },
};

async function replace(
  { fleet, crowd }: Stage,
  old: Stage['fleet']['stations'][number],
  secret: string,
): Promise<{ code: number | null; ms: number }> {
  await fleet.add({ SESSION_SECRET: secret });
  const from = Date.now();
  const code = await fleet.remove(old, 'SIGTERM');
  const ms = Date.now() - from;
  await crowd.goOn(BETWEEN_MS);
  return { code, ms };
}
