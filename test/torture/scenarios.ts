import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import WebSocket from 'ws';
import { stopAfterwards } from '../support/cleanup.js';
import { Stream } from '../support/stream.js';
import { Visitor } from '../support/visitor.js';
import type { Contender } from './contender.js';

export const IDLE_SECONDS = 2;
const IDLE_MS = IDLE_SECONDS * 1000;
const HANDSHAKES = 300;

/** What happened, in words, and whether it is what should. */
export interface Outcome {
  readonly says: string;
  readonly good: boolean;
}

export interface Scenario {
  readonly name: string;
  readonly run: (contender: Contender) => Promise<Outcome>;
}

interface Me {
  user?: { id: string };
  count?: number;
}

const outcome = (good: boolean, whenGood: string, otherwise: string): Outcome => ({
  good,
  says: good ? whenGood : otherwise,
});

/** A socket with the visitor's cookie of now, whether or not it gets in. */
async function open(visitor: Visitor, { url }: { url: string }): Promise<Socket> {
  const socket = io(url, {
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    extraHeaders: { cookie: visitor.cookie },
  });
  stopAfterwards(() => socket.disconnect());
  await new Promise((resolve) => {
    socket.once('connect', () => resolve(undefined)).once('connect_error', resolve);
  });
  return socket;
}

async function count(socket: Socket): Promise<boolean> {
  const answer: unknown = await socket
    .timeout(1000)
    .emitWithAck('count', 1)
    .catch(() => null);
  return (answer as { ok?: boolean } | null)?.ok === true;
}

const me = async (visitor: Visitor): Promise<Me> => (await visitor.get<Me>('/me')).body;

async function loggedIn({ nodes: [a] }: Contender): Promise<Visitor> {
  const visitor = new Visitor(a);
  await visitor.post('/login');
  return visitor;
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'a socket saves after the original maxAge; HTTP kept the session alive',
    async run(contender) {
      const visitor = await loggedIn(contender);
      const socket = await open(visitor, contender.nodes[1]);
      const end = Date.now() + 1.3 * IDLE_MS;
      while (Date.now() < end) {
        await me(visitor);
        await pause(200);
      }
      const saidOk = await count(socket);
      const { user } = await me(visitor);
      return outcome(user !== undefined, 'kept', `deletes the session${saidOk ? ', says OK' : ''}`);
    },
  },
  {
    name: 'an active socket for twice the idle time; an idle one',
    async run(contender) {
      const [active, idle] = [await loggedIn(contender), await loggedIn(contender)];
      const busy = await open(active, contender.nodes[0]);
      const quiet = await open(idle, contender.nodes[1]);
      const start = Date.now();
      while (quiet.connected && Date.now() - start < IDLE_MS + 5000) {
        if (busy.connected) await count(busy);
        await pause(200);
      }
      const lives = (await me(active)).user !== undefined;
      return outcome(
        lives && !quiet.connected,
        `active lives; idle ended after ${((Date.now() - start) / 1000).toFixed(1)} s`,
        `active session ${lives ? 'lives' : 'dies'}, idle socket ${quiet.connected ? 'stays' : 'ends'}`,
      );
    },
  },
  {
    name: 'first contact is a socket',
    async run({ nodes: [a] }) {
      const url = `${a.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`;
      const raw = new WebSocket(url);
      const [cookie, first] = await Promise.all([
        new Promise<boolean>((resolve) => {
          raw.once('upgrade', ({ headers }) => resolve(headers['set-cookie'] !== undefined));
        }),
        new Promise<string>((resolve) => {
          raw.on('message', (data: Buffer) => {
            const frame = data.toString();
            if (frame.startsWith('0')) raw.send('40');
            else resolve(frame);
          });
        }),
      ]);
      raw.close();
      const refused = first.startsWith('44') && first.includes('UNAUTHENTICATED');
      const got = cookie ? 'cookie for a session of its own' : 'no cookie';
      return outcome(refused && !cookie, 'refused UNAUTHENTICATED', `let in, ${got}`);
    },
  },
  {
    name: 'a handler in flight during logout saves',
    async run(contender) {
      const visitor = await loggedIn(contender);
      const gate = contender.close();
      const slow = visitor.post('/slow');
      await gate.arrived;
      const { cookie } = visitor;
      await visitor.post('/logout');
      gate.open();
      await slow;
      visitor.cookie = cookie;
      const { user } = await me(visitor);
      return outcome(user === undefined, 'refused, stays gone', 'session resurrected');
    },
  },
  {
    name: 'logout while the client is offline, then it returns',
    async run(contender) {
      const visitor = await loggedIn(contender);
      const socket = await open(visitor, contender.nodes[1]);
      socket.io.engine.close();
      await visitor.post('/logout');
      const returned = new Promise((resolve) => {
        socket.once('connect', () => resolve(true)).once('connect_error', () => resolve(false));
      });
      socket.connect();
      const isIn = await returned;
      const as = socket.recovered ? 'recovered with the old identity' : 'let in as nobody';
      return outcome(!isIn, 'refused', as);
    },
  },
  {
    name: `logout during the handshake, ${String(HANDSHAKES)} times`,
    async run(contender) {
      const before = contender.socketsLeft();
      await Promise.all(
        Array.from({ length: HANDSHAKES }, async () => {
          const visitor = await loggedIn(contender);
          const opening = open(visitor, contender.nodes[1]);
          await pause(Math.random() * 100);
          await visitor.post('/logout');
          await opening;
        }),
      );
      // A socket that is to be closed is closed by now.
      await pause(500);
      const left = contender.socketsLeft() - before;
      return outcome(left <= 0, '0 sockets left', `${String(left)} sockets stay`);
    },
  },
  {
    name: 'login in one tab, a second tab open as guest',
    async run({ nodes: [a, b] }) {
      const visitor = new Visitor(a);
      await visitor.get('/session');
      const second = await open(visitor, b);
      const told = new Promise<boolean>((resolve) => {
        second.once('session:ended', ({ reconnect }: { reconnect: string }) =>
          resolve(reconnect === 'now'),
        );
        second.once('disconnect', () => setTimeout(() => resolve(false), 50));
        setTimeout(() => resolve(false), 1000);
      });
      await visitor.post('/login');
      // Whatever the tab does next; the recipe learns of nothing before.
      if (second.connected) second.emit('count', 1);
      if (!(await told)) return outcome(false, '', 'second tab unreachable');
      const again = await open(visitor, b);
      return outcome(await count(again), 'second tab reconnects as the user', 'refused');
    },
  },
  {
    name: '100 concurrent increments from 4 tabs',
    async run(contender) {
      const visitor = await loggedIn(contender);
      const tabs = await Promise.all(
        [0, 0, 1, 1].map((index) => open(visitor, contender.nodes[index as 0 | 1])),
      );
      await Promise.all(tabs.flatMap((tab) => Array.from({ length: 25 }, () => count(tab))));
      const { count: counted = 0 } = await me(visitor);
      return outcome(counted === 100, '100', String(counted));
    },
  },
  {
    name: 'a stream of server-sent events, open during logout',
    async run(contender) {
      const visitor = await loggedIn(contender);
      const stream = new Stream(contender.nodes[1], '/ticks', visitor);
      await stream.brings('tick');
      await visitor.post('/logout');
      const isOver = await Promise.race([stream.rest(), pause(1000)]);
      const ends = isOver?.includes('signed-out') ?? false;
      stream.close();
      return outcome(ends, 'ends, and says why', 'goes on');
    },
  },
  {
    name: 'logout at the identity provider',
    async run({ providerNodes: [a, b], provider }) {
      const visitor = new Visitor(a);
      const sub = randomUUID();
      await visitor.post('/via', { issuer: provider.issuer, sub });
      const socket = await open(visitor, b);
      const isClosed = new Promise<boolean>((resolve) => {
        socket.once('disconnect', () => resolve(true));
        setTimeout(() => resolve(false), 1000);
      });
      const body = new URLSearchParams({ logout_token: await provider.logoutToken({ sub }) });
      await fetch(`${a.url}/backchannel-logout`, { method: 'POST', body });
      return outcome(await isClosed, 'closed', 'its tabs stay connected');
    },
  },
  {
    name: 'foreign Origin over WebSocket',
    async run(contender) {
      const visitor = await loggedIn(contender);
      const url = `${contender.nodes[0].url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`;
      const raw = new WebSocket(url, {
        headers: { cookie: visitor.cookie, origin: 'https://evil.example' },
      });
      const status = await new Promise<number>((resolve) => {
        raw.once('error', () => undefined);
        raw.once('open', () => resolve(101));
        raw.once('unexpected-response', (_, { statusCode = 0 }) => resolve(statusCode));
      });
      raw.terminate();
      return outcome(status === 403, '403', 'accepted as the victim');
    },
  },
];
