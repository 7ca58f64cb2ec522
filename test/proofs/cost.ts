import { setTimeout as pause } from 'node:timers/promises';
import { NodeProcess } from '../support/node-process.js';
import { program, report } from '../support/program.js';
import { openRedis, startRedisServer } from '../support/redis-under-test.js';
import { operation, Visitor } from '../support/visitor.js';

const SOCKETS = 100;
const EVENTS = 10_000;
const SECONDS = 60;
const FLUSH_SECONDS = 15;

// What Redis is asked for 10,000 events of 100 active sockets in 60 s.
await program(async () => {
  const redis = await startRedisServer();
  const node = await NodeProcess.start('a', { REDIS_URL: redis.url });
  const sockets = await Promise.all(
    Array.from({ length: SOCKETS }, async () => (await new Visitor(node).arrive()).connect()),
  );
  const watcher = await openRedis(redis.url);
  const seen = { cart: 0, read: 0 };
  const touchedAt = new Map<string, number>();
  let shortestGap = Infinity;
  const noteTouches = (line: string): void => {
    const at = Number(line.split(' ', 1)[0]);
    for (const [key] of line.matchAll(/"sess:[^"]+"/g)) {
      shortestGap = Math.min(shortestGap, at - (touchedAt.get(key) ?? -Infinity));
      touchedAt.set(key, at);
    }
  };
  await watcher.monitor((line) => {
    // A script's first run is asked for twice: by its hash, then with its source.
    if (line.includes(' lua]') || /"EVAL"/i.test(line)) return;
    if (line.includes('"cart:{')) seen.cart += 1;
    else if (line.includes('"sess:')) {
      if (line.includes('"sessions:{')) noteTouches(line);
      else if (/"GET"/i.test(line)) seen.read += 1;
    }
  });

  const start = performance.now();
  for (let sent = 0; sent < EVENTS; sent += 1) {
    const socket = sockets[sent % SOCKETS];
    await socket?.get('cart:apply', operation('set', 'scale', (sent % 98) + 1));
    const due = (sent / EVENTS) * SECONDS * 1000;
    if (sent % 50 === 0) await pause(Math.max(0, due - (performance.now() - start)));
  }
  await pause(Math.max(0, SECONDS * 1000 - (performance.now() - start)));

  return report(`Cost of ${String(EVENTS)} events of ${String(SOCKETS)} sockets in 60 s`, [
    {
      what: 'cart scripts',
      measured: seen.cart,
      target: String(EVENTS),
      met: seen.cart === EVENTS,
    },
    { what: 'session reads', measured: seen.read, target: '0', met: seen.read === 0 },
    {
      what: 'shortest time between two touches of one session, s',
      measured: shortestGap,
      target: `>= ${String(FLUSH_SECONDS)} (0.1 for the clocks)`,
      met: shortestGap >= FLUSH_SECONDS - 0.1,
    },
  ]);
});
