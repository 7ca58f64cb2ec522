import { createHmac, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import WebSocket from 'ws';
import { startRedis } from './support/redis-under-test.js';
import { startTestNode, TEST_SECRET, type TestNode, uniquePrefix } from './support/test-node.js';
import { operation, Visitor } from './support/visitor.js';

describe('a socket gets in', () => {
  let node: TestNode;

  beforeAll(async () => {
    node = await startTestNode({
      redisUrl: await startRedis(),
      redisPrefix: uniquePrefix(),
      allowedOrigins: ['https://shop.example'],
    });
  });

  describe('with a cookie of a known session only, so not with', () => {
    const refusalOf = async (cookie: string) => {
      const visitor = new Visitor(node);
      if (cookie) visitor.cookie = cookie;
      return visitor.socket().refused();
    };
    const signed = (sid: string, secret: string): string => {
      const signature = createHmac('sha256', secret)
        .update(sid)
        .digest('base64')
        .replace(/=+$/, '');
      return `sid=${encodeURIComponent(`s:${sid}.${signature}`)}`;
    };

    it.each([
      ['no cookie', () => ''],
      ['an empty cookie', () => 'sid='],
      ['a cookie of another name', () => 'other=1'],
      ['a session id without signature', () => `sid=${randomUUID()}`],
      ['a signature by another secret', () => signed('x'.repeat(32), 'another secret')],
      [
        'a good signature of a session that is not there',
        () => signed('x'.repeat(32), TEST_SECRET),
      ],
      ['percent signs that decode to nothing', () => 'sid=%E0%A4%A'],
    ])('%s', async (_, cookie) => {
      const error = await refusalOf(cookie());

      expect(error.data).toMatchObject({ code: 'UNAUTHENTICATED' });
    });

    it('a cookie that was cut short or changed', async () => {
      const { cookie } = await new Visitor(node).register();

      for (const wrong of [cookie.slice(0, -2), cookie.slice(0, 20), flipped(cookie)]) {
        expect((await refusalOf(wrong)).data).toMatchObject({ code: 'UNAUTHENTICATED' });
      }
    });

    it('the cookie of a session that was ended', async () => {
      const visitor = await new Visitor(node).register();
      const { cookie } = visitor;
      await visitor.logout();

      expect((await refusalOf(cookie)).data).toMatchObject({ code: 'UNAUTHENTICATED' });
    });

    it('a session that speaks for nobody yet', async () => {
      const visitor = new Visitor(node);
      await visitor.get('/catalog');

      expect((await refusalOf(visitor.cookie)).data).toMatchObject({ code: 'UNAUTHENTICATED' });
    });
  });

  it('without ever starting a session or setting a cookie', async () => {
    const socket = new WebSocket(
      `${node.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`,
    );
    const headers = await new Promise<NodeJS.Dict<string | string[]>>((resolve) => {
      socket.once('upgrade', (response) => resolve(response.headers));
    });
    socket.close();

    expect(headers['set-cookie']).toBeUndefined();
  });

  it('and is closed at once where it is refused, instead of holding its connection', async () => {
    const socket = new WebSocket(
      `${node.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`,
    );
    const frames: string[] = [];
    socket.on('message', (data: Buffer) => {
      frames.push(data.toString());
      if (frames.length === 1) socket.send('40');
    });

    await new Promise((resolve) => socket.once('close', resolve));

    expect(frames[1]).toMatch(/^44.*UNAUTHENTICATED/);
  });

  describe('from an allowed origin only', () => {
    const upgrade = async (origin: string | undefined): Promise<number> => {
      const { cookie } = await new Visitor(node).arrive();
      const socket = new WebSocket(
        `${node.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`,
        { headers: { cookie, ...(origin === undefined ? {} : { origin }) } },
      );
      return new Promise((resolve) => {
        socket.once('error', () => undefined);
        socket.once('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
        socket.once('open', () => {
          resolve(101);
          socket.close();
        });
      });
    };

    it.each([
      'https://evil.example',
      'null',
      'https://shop.example.evil',
      'http://shop.example',
      'https://sub.shop.example',
      'file://',
      '',
    ])('refuses "%s" with 403 before the upgrade', async (origin) => {
      expect(await upgrade(origin)).toBe(403);
    });

    it.each([
      ['an allowed one', () => 'https://shop.example'],
      ['its own', () => node.url],
      ['none, as from no browser', () => undefined],
    ])('lets in %s', async (_, origin) => {
      expect(await upgrade(origin())).toBe(101);
    });
  });

  it('over WebSocket only: polling is refused', async () => {
    const visitor = await new Visitor(node).arrive();

    expect((await visitor.get('/socket.io/?EIO=4&transport=polling')).status).toBe(400);
  });

  it('in every namespace with the same check', async () => {
    const socket = new Visitor(node).socket({ url: `${node.url}/cart` });

    expect((await socket.refused()).message).toBe('Invalid namespace');
  });

  it('as its session’s principal, whatever it claims in query, auth, header and payload', async () => {
    const victim = await new Visitor(node).register();
    const { body } = await victim.get<{ principal: { id: string } }>('/session');
    const claim = {
      userId: body.principal.id,
      user: body.principal,
      room: `user:${body.principal.id}`,
    };
    const attacker = await new Visitor(node).arrive();

    const socket = attacker.socket(undefined, { query: claim, auth: claim });
    const ready = await socket.ready<{ principal: { kind: string; id: string } }>();

    expect(ready.principal.kind).toBe('guest');
    expect(ready.principal.id).not.toBe(body.principal.id);
    const operationWithClaim = { ...operation('add', 'scale', 1), ...claim };
    expect(await socket.ask('cart:apply', operationWithClaim)).toMatchObject({
      error: { code: 'INVALID_PAYLOAD' },
    });
    expect((await victim.get<{ version: number }>('/cart')).body.version).toBe(0);
  });

  it('into its own rooms only: no event joins another', async () => {
    const [victim, attacker] = [
      await new Visitor(node).register(),
      await new Visitor(node).arrive(),
    ];
    const { body } = await victim.get<{ principal: { id: string } }>('/session');
    const socket = await attacker.connect();

    for (const event of ['join', 'subscribe', 'room:join', 'joinRoom']) {
      expect(await socket.ask(event, `user:${body.principal.id}`)).toMatchObject({
        error: { code: 'NOT_FOUND' },
      });
    }
    await victim.post('/cart/operations', operation('add', 'scale', 1));
    await attacker.post('/cart/operations', operation('add', 'cup-set', 1));

    expect(await socket.next('cart:changed')).toMatchObject({ lines: [{ sku: 'cup-set' }] });
    expect(socket.unread).not.toContain('cart:changed');
  });

  it('and stays up where others send garbage', async () => {
    const visitor = await new Visitor(node).arrive();
    const socket = await visitor.connect();

    for (const frame of [
      '42',
      '42[',
      '42{}',
      '42[1]',
      '451-["x"]',
      '4\0',
      '9',
      '42/nowhere,["x"]',
    ]) {
      const raw = new WebSocket(
        `${node.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`,
        { headers: { cookie: visitor.cookie } },
      );
      raw.once('error', () => undefined);
      await new Promise((resolve) => raw.once('open', resolve));
      raw.send('40');
      raw.send(frame);
      raw.close();
    }

    expect(await socket.get('cart:get')).toMatchObject({ version: 0 });
  });
});

/** Another first character of the signature. */
function flipped(cookie: string): string {
  const at = cookie.indexOf('.') + 1;
  const other = cookie[at] === 'A' ? 'B' : 'A';
  return cookie.slice(0, at) + other + cookie.slice(at + 1);
}
