import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../src/testing/eventually.js';
import { stopAfterwards } from '../support/cleanup.js';
import { isLive } from '../support/is-live.js';
import { startRedisSentinel } from '../support/redis-sentinel.js';
import { startWithAcl } from '../support/redis-with-acl.js';
import { startTestNode, uniquePrefix } from '../support/test-node.js';
import { untilCopied } from '../support/until-copied.js';
import { operation, Visitor } from '../support/visitor.js';

describe('what must be on a replica too before it is acknowledged', () => {
  it('is refused while no replica takes it, and a sign-in is not done, but other tabs hear of what is in the cart', async () => {
    const redis = await startWithAcl({ extra: ['replica'] }, startRedisSentinel);
    stopAfterwards(() => redis.stop());
    await untilCopied([redis.master]);
    const node = await startTestNode({
      redisUrl: redis.url,
      redisPrefix: uniquePrefix(),
      redisDurability: 'replica',
    });
    const visitor = await new Visitor(node).register();
    const socket = await visitor.connect();
    const otherTab = await visitor.connect();
    const latecomer = await new Visitor(node).arrive();
    const pid = redis.replica.pid ?? 0;
    process.kill(pid, 'SIGSTOP');

    const refused = await latecomer.tryLogin(visitor.email);
    const add = operation('add', 'scale', 1);
    const answer = await socket.ask('cart:apply', add);

    expect([refused.status, answer.ok]).toEqual([503, false]);
    expect(await otherTab.next('cart:changed')).toMatchObject({ operationId: add.operationId });
    expect((await latecomer.get('/user/profile')).status).toBe(401);

    process.kill(pid, 'SIGCONT');
    await eventually(async () => (await latecomer.tryLogin(visitor.email)).status === 200);
    await eventually(async () => (await visitor.post('/auth/logout')).status === 204);
  });
});

describe('when a master dies that Sentinel watches', () => {
  it('the elected one takes over: sockets stay, are live again, and hear of their session’s end', async () => {
    const redis = await startWithAcl({}, startRedisSentinel);
    stopAfterwards(() => redis.stop());
    const settings = { redisUrl: redis.url, redisPrefix: uniquePrefix() };
    const [a, b] = await Promise.all([startTestNode(settings), startTestNode(settings)]);
    const visitor = await new Visitor(a).register();
    const [one, two] = [await visitor.connect(a), await visitor.connect(b)];

    await untilCopied([redis.master]);
    await redis.master.stop('SIGKILL');

    await eventually(() => isLive(one, two));
    const ended = two.next<{ reason: string }>('session:ended');
    await eventually(async () => (await visitor.post('/auth/logout')).status === 204);
    expect(['signed-out', 'revoked']).toContain((await ended).reason);
    await eventually(async () => (await fetch(`${b.url}/health/ready`)).status === 200);
  });
});
