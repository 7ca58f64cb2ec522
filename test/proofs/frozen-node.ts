import { setTimeout as pause } from 'node:timers/promises';
import { NodeProcess } from '../support/node-process.js';
import { program, report } from '../support/program.js';
import { startRedisServer } from '../support/redis-under-test.js';
import { operation, Visitor } from '../support/visitor.js';

const SESSIONS = 100;
const FROZEN_MS = 20_000;

// Stops node B as a whole for 20 s, ends its sessions and changes their carts meanwhile, and lets it
// go on: not one event may reach their sockets, and not one command may commit.
await program(async () => {
  const redis = await startRedisServer();
  const settings = { REDIS_URL: redis.url };
  const [a, b] = [await NodeProcess.start('a', settings), await NodeProcess.start('b', settings)];
  const subjects = await Promise.all(
    Array.from({ length: SESSIONS }, async () => {
      const visitor = await new Visitor(a).register();
      // A second device of the same user goes on changing the cart after this one has ended.
      const other = await new Visitor(a).login(visitor.email);
      return { visitor, other, socket: await visitor.connect(b), committed: 0, versionBefore: 0 };
    }),
  );

  b.signal('SIGSTOP');
  await Promise.all(subjects.map(({ visitor }) => visitor.logout()));
  await Promise.all(
    subjects.map(async (subject) => {
      await subject.other.post('/cart/operations', operation('add', 'scale', 1));
      const add = operation('add', 'scale', 1);
      subject.socket.client.emit('cart:apply', add, (answer: { ok: boolean }) => {
        if (answer.ok) subject.committed += 1;
      });
    }),
  );
  await pause(FROZEN_MS);
  b.signal('SIGCONT');
  const resumedAt = performance.now();
  await Promise.all(subjects.map(({ socket }) => socket.next('disconnect')));
  const goneMs = performance.now() - resumedAt;

  const delivered = subjects.reduce(
    (sum, { socket }) => sum + socket.unread.filter((event) => event === 'cart:changed').length,
    0,
  );
  const carts = await Promise.all(
    subjects.map(({ other }) => other.get<{ version: number }>('/cart')),
  );
  const committed = carts.filter(({ body }) => body.version !== 1).length;
  return report(`A node frozen for ${String(FROZEN_MS / 1000)} s`, [
    { what: 'events delivered', measured: delivered, target: '0', met: delivered === 0 },
    { what: 'commands committed', measured: committed, target: '0', met: committed === 0 },
    {
      what: 'all gone, ms after SIGCONT',
      measured: goneMs,
      target: '<= 3000',
      met: goneMs <= 3000,
    },
  ]);
});
