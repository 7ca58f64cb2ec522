import { beforeAll, describe, expect, it } from '@jest/globals';
import { SessionLinks } from '../src/shared-session/links/session-links.js';
import { Sessions } from '../src/shared-session/index.js';
import { eventually } from '../src/testing/eventually.js';
import { Diary } from './support/diagnostics.js';
import { startEventApp } from './support/event-app.js';
import { RawConnection } from './support/raw-connection.js';
import { startRedis } from './support/redis-under-test.js';
import { startTestNode, type TestNode, uniquePrefix } from './support/test-node.js';
import { Visitor } from './support/visitor.js';

const BURST = 200;
const SOCKETS_OF_SESSION = 50;

describe('a connection', () => {
  let node: TestNode;
  let links: SessionLinks;

  beforeAll(async () => {
    node = await startTestNode({ redisUrl: await startRedis(), redisPrefix: uniquePrefix() });
    links = node.app.get(SessionLinks, { strict: false });
  });

  async function connected(): Promise<{ visitor: Visitor; connection: RawConnection }> {
    const visitor = await new Visitor(node).arrive();
    return { visitor, connection: await RawConnection.in(node, visitor.cookie) };
  }

  /** Engine.IO's end of the visitor's only connection. */
  function serverEndOf({ handle }: Visitor) {
    const [socket] = links.get(handle)?.sockets ?? [];
    if (!socket) throw new Error('The visitor has no socket.');
    return { socket, conn: socket.conn };
  }

  describe('that sends too much', () => {
    const kinds: [string, (connection: RawConnection, id: number) => void][] = [
      ['events', (connection, id) => connection.send(`42${String(id)}["session:get"]`)],
      ['pongs of Engine.IO', (connection) => connection.send('3')],
      ['pings of WebSocket', ({ socket }) => socket.ping()],
      ['pongs of WebSocket', ({ socket }) => socket.pong()],
    ];

    it.each(kinds)('is cut off: %s', async (_, send) => {
      const { connection } = await connected();

      for (let id = 0; id < 10 * BURST; id += 1) send(connection, id);

      await connection.cutOff();
    });

    it('has sent no more than that which was handled', async () => {
      const { visitor, connection } = await connected();
      const { socket } = serverEndOf(visitor);
      let handled = 0;
      socket.onAny(() => (handled += 1));

      for (let id = 0; id < 10 * BURST; id += 1) connection.send('42["nothing"]');
      await connection.cutOff();

      // And those that it regained while they were read.
      expect(handled).toBeLessThan(2 * BURST);
    });

    it('does not keep others waiting for all that it sends at once', async () => {
      const [greedy, modest] = [await connected(), await connected()];
      const handled: string[] = [];
      for (const { visitor } of [greedy, modest]) {
        serverEndOf(visitor).socket.onAny(() => handled.push(visitor.handle));
      }

      greedy.connection.sendAtOnce('42["nothing"]', BURST / 2);
      modest.connection.send('42["nothing"]');
      await eventually(() => handled.length === BURST / 2 + 1);

      // Not last: it came in the same turn, or the next.
      expect(handled.indexOf(modest.visitor.handle)).toBeLessThan(BURST / 4);
    });

    it('is one that sends a burst, and is answered each time', async () => {
      const { connection } = await connected();
      const answers = () => connection.frames.filter((frame) => frame.startsWith('43'));

      for (let id = 0; id < BURST / 2; id += 1) connection.send(`42${String(id)}["session:get"]`);

      await eventually(() => answers().length === BURST / 2);
      expect(connection.isOpen).toBe(true);
    });

    it('is one that sends a burst of pings, and each has its pong', async () => {
      const { connection } = await connected();
      let pongs = 0;
      connection.socket.on('pong', () => (pongs += 1));

      for (let sent = 0; sent < BURST / 2; sent += 1) connection.socket.ping();

      await eventually(() => pongs === BURST / 2);
      expect(connection.isOpen).toBe(true);
    });
  });

  it.each([
    ['binary', Buffer.from('40')],
    ['an event with attachments', '451-["cart:apply",{"_placeholder":true,"num":0}]'],
    ['an acknowledgement with attachments', '461-1[{"_placeholder":true,"num":0}]'],
  ])('that sends %s is cut off', async (_, frame) => {
    const { connection } = await connected();

    connection.send(frame);

    await connection.cutOff();
  });

  describe('whose client does not read', () => {
    it('is cut off when 256 KB wait for it', async () => {
      const { visitor, connection } = await connected();
      const { socket, conn } = serverEndOf(visitor);
      const stream = conn.request.socket;
      connection.stream.pause();
      const most = { waiting: 0 };

      await eventually(() => {
        // The kernel takes some megabytes first.
        for (let each = 0; each < 16; each += 1) socket.emit('news', 'x'.repeat(8 * 1024));
        most.waiting = Math.max(most.waiting, stream.writableLength);
        return conn.readyState === 'closed';
      });

      expect(most.waiting).toBeGreaterThan(0);
      expect(most.waiting).toBeLessThan(512 * 1024);
    });

    it('is told of while more and more waits for it, and when it is cut off', async () => {
      const { visitor, connection } = await connected();
      const { socket, conn } = serverEndOf(visitor);
      const diary = new Diary();
      connection.stream.pause();

      await eventually(() => {
        for (let each = 0; each < 16; each += 1) socket.emit('news', 'x'.repeat(8 * 1024));
        return conn.readyState === 'closed';
      });

      const isMuch = ({ waitingBytes }: { waitingBytes: number }) => waitingBytes > 256 * 1024;
      const filling = await diary.next('send-buffer.filling', isMuch);
      expect(filling.waitingBytes).toBeLessThan(512 * 1024);
      const isSlow = ({ reason }: { reason: string }) => reason === 'slow';
      expect(await diary.next('connection.cut', isSlow)).toEqual({ reason: 'slow' });
      diary.close();
    });

    it('is not one that is sent much at once and takes it', async () => {
      const { visitor, connection } = await connected();
      const { socket } = serverEndOf(visitor);

      for (let each = 0; each < 100; each += 1) socket.emit('news', each, 'x'.repeat(8 * 1024));

      await connection.next(/"news",99,/);
      expect(connection.isOpen).toBe(true);
    });

    it('is cut off when what waits is binary, too', async () => {
      const { visitor, connection } = await connected();
      const { socket, conn } = serverEndOf(visitor);
      connection.stream.pause();

      const held = () => (conn as unknown as { writeBuffer: { data: unknown }[] }).writeBuffer;
      const most = { packets: 0 };
      await eventually(() => {
        for (let each = 0; each < 4; each += 1) socket.emit('news', Buffer.alloc(32 * 1024));
        most.packets = Math.max(most.packets, held().length);
        return conn.readyState === 'closed';
      });

      expect(most.packets).toBeLessThan(64);
    });

    it('is gone 2 s after its session, however it reads', async () => {
      const { visitor, connection } = await connected();
      const { socket, conn } = serverEndOf(visitor);
      const stream = conn.request.socket;
      connection.stream.pause();
      await eventually(() => {
        for (let each = 0; each < 8; each += 1) socket.emit('news', 'x'.repeat(8 * 1024));
        return stream.writableLength > 0;
      });
      const start = performance.now();

      await visitor.logout();
      await eventually(() => conn.readyState === 'closed');

      // By its next ping, which it does not answer, it would be 45 s.
      expect(performance.now() - start).toBeLessThan(20_000);
    });
  });

  it('that has left its namespaces is closed, and one that came back is not', async () => {
    const { visitor: other, connection: back } = await connected();
    const { conn: kept } = serverEndOf(other);
    const { visitor, connection: left } = await connected();
    const { conn } = serverEndOf(visitor);

    // Its time is over before the other's.
    back.send('41');
    await eventually(() => !links.get(other.handle));
    back.send('40');
    left.send('41');
    await eventually(() => conn.readyState === 'closed');

    expect(kept.readyState).toBe('open');
  });

  it('is refused each time that it asks without a session', async () => {
    const connection = new RawConnection(node, '');
    await connection.next(/^0/);

    connection.sendAtOnce('40', 5);
    await connection.cutOff();

    const refusals = connection.frames.filter((frame) => frame.startsWith('44'));
    expect(refusals.length).toBeGreaterThan(0);
    for (const refusal of refusals) expect(refusal).toContain('UNAUTHENTICATED');
  });

  it('is in a namespace once, however often it asks at the same time', async () => {
    const visitor = await new Visitor(node).arrive();
    const connection = new RawConnection(node, visitor.cookie);
    await connection.next(/^0/);

    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    for (let times = 0; times < 20; times += 1) connection.send('40');

    await connection.cutOff();
    process.off('warning', note);
    // Of more listeners than one, say.
    expect(warnings).toEqual([]);
    const isIn = connection.frames.filter((frame) => frame.includes('session:ready'));
    expect(isIn.length).toBeLessThanOrEqual(1);
  });

  it('may ask again for a namespace that the application’s own middleware refuses, and ends with its session', async () => {
    const app = await startEventApp(await startRedis());
    const own = app.app.get(SessionLinks, { strict: false });
    const visitor = await new Visitor(app).arrive();
    const connection = await RawConnection.in(app, visitor.cookie);
    const [socket] = own.get(visitor.handle)?.sockets ?? [];
    socket?.nsp.server.of('/failing').use((_, next) => next(new Error('members only')));

    for (let times = 0; times < 3; times += 1) {
      connection.frames.length = 0;
      connection.send('40/failing,');
      await connection.next(/^44\/failing,.*members only/);
    }
    expect(connection.isOpen).toBe(true);
    connection.send('41');
    await eventually(() => socket?.connected === false);
    await app.app.get(Sessions).end(visitor.handle);

    await connection.cutOff();
  });

  it('is one of 50 of its session at most', async () => {
    const visitor = await new Visitor(node).arrive();
    const sockets = Array.from({ length: SOCKETS_OF_SESSION }, () => visitor.connect());
    await Promise.all(sockets);

    const refused = visitor.socket();

    expect((await refused.refused()).data?.code).toBe('RATE_LIMITED');
    await eventually(() => links.get(visitor.handle)?.sockets.size === SOCKETS_OF_SESSION);
    const [first] = await Promise.all(sockets);
    first?.client.disconnect();
    await eventually(() => links.get(visitor.handle)?.sockets.size === SOCKETS_OF_SESSION - 1);
    await visitor.connect();
  });

  it('is one of 200 of its user at most', async () => {
    const visitor = await new Visitor(node).register();
    const devices = [visitor];
    while (devices.length < 5) devices.push(await new Visitor(node).login(visitor.email));
    const [last, ...others] = devices;
    for (const device of others) {
      await Promise.all(Array.from({ length: SOCKETS_OF_SESSION }, () => device.connect()));
    }

    const refused = last?.socket();

    expect((await refused?.refused())?.data?.code).toBe('RATE_LIMITED');
  });
});
