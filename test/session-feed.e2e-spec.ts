import { beforeAll, describe, expect, it } from '@jest/globals';
import { Sessions } from '../src/shared-session/index.js';
import { eventually } from '../src/testing/eventually.js';
import { startRedis } from './support/redis-under-test.js';
import { Stream } from './support/stream.js';
import { startTestNode, type TestNode, uniquePrefix } from './support/test-node.js';
import { operation, Visitor } from './support/visitor.js';

const PATH = '/session/events';

describe('the feed of a session', () => {
  const redisPrefix = uniquePrefix();
  let redisUrl: string;
  let a: TestNode;
  let b: TestNode;

  beforeAll(async () => {
    redisUrl = await startRedis();
    [a, b] = await Promise.all([
      startTestNode({ redisUrl, redisPrefix }),
      startTestNode({ redisUrl, redisPrefix }),
    ]);
  });

  const open = async (node = b) => {
    const visitor = await new Visitor(a).register();
    const stream = new Stream(node, PATH, visitor);
    expect(await stream.brings('event: session:ready\n')).toBe(true);
    return { visitor, stream };
  };

  it('says who this is, and what is in the cart', async () => {
    const { visitor, stream } = await open();

    expect(await stream.brings('{"version":0')).toBe(true);

    expect(stream.text).toContain(visitor.email);
    expect(stream.text).toContain(`"node":"${b.name}"`);
  });

  it('brings what changes in the cart on another node', async () => {
    const { visitor, stream } = await open();

    await visitor.post('/cart/operations', operation('add', 'scale', 3));

    expect(await stream.brings('{"version":1')).toBe(true);
    expect(stream.text).toContain('"quantity":3');
  });

  it('brings new roles', async () => {
    const { visitor, stream } = await open();
    const sessions = a.app.get(Sessions, { strict: false });

    await sessions.update(visitor.handle, ({ user }) => {
      Object.assign(user ?? {}, { roles: ['admin'] });
    });

    expect(await stream.brings('event: session:changed\n')).toBe(true);
    expect(await stream.brings('"roles":["admin"]')).toBe(true);
  });

  it('ends with the session, on another node, and says why', async () => {
    const { visitor, stream } = await open();

    await visitor.logout();

    expect(await stream.rest()).toMatch(
      /event: session:ended\ndata: {"reason":"signed-out","reconnect":"after-login"}\n\n$/,
    );
  });

  it('is no activity, though it looks at the cart', async () => {
    const node = await startTestNode({ redisUrl, redisPrefix, sessionIdleSeconds: 3 });
    const visitor = await new Visitor(node).arrive();
    const stream = new Stream(node, PATH, visitor);

    expect(await stream.rest()).toContain('"reason":"expired"');
  });

  it('is for 20 tabs of a session, and free again when one has closed', async () => {
    const { visitor, stream } = await open();
    const others = Array.from({ length: 19 }, () => new Stream(b, PATH, visitor));
    await Promise.all(others.map((each) => each.brings('session:ready')));
    const { status, body } = await visitor.get(PATH, b);

    expect({ status, body }).toMatchObject({
      status: 422,
      body: { error: { code: 'LIMIT_EXCEEDED' } },
    });
    stream.close();
    await eventually(async () => {
      const again = new Stream(b, PATH, visitor);
      return again.brings('session:ready');
    });
  });
});
