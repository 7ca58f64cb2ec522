import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import { PASSWORD } from '../../support/visitor.js';
import { call } from './http-call.js';

/** Whom it goes against, and from which address, as a proxy tells it. */
export interface Battlefield {
  readonly near: string;
  readonly far: string;
  readonly from: string;
}

/** What one attacker does without end. */
export type Attack = (field: Battlefield) => Promise<never>;

const EVENTS_A_TURN = 100;
const TURN_MS = 50;
const TABS = 10;
const GUESTS_AT_ONCE = 20;
const CHURNING = 40;
const GUESSES_AT_ONCE = 1000;
const GUESSES_EVERY_MS = 5000;

async function arrive({ near, from }: Battlefield): Promise<string> {
  const { cookie = '' } = await call(new URL(near), 'GET', '/session', { from });
  return cookie;
}

function connect(url: string, cookie: string, from: string): Socket {
  return io(url, {
    transports: ['websocket'],
    forceNew: true,
    reconnectionDelay: 100,
    reconnectionDelayMax: 100,
    extraHeaders: { cookie, 'x-forwarded-for': from },
  });
}

/** Whoever was sent away comes back at once. */
function comeBack(socket: Socket): void {
  for (const event of ['disconnect', 'connect_error']) {
    socket.on(event, () => setTimeout(() => socket.connect(), 100));
  }
}

/** 2,000 events a second, by whichever of the sockets is there. */
async function flood(sockets: readonly Socket[]): Promise<never> {
  for (;;) {
    for (let sent = 0; sent < EVENTS_A_TURN; sent += 1) {
      sockets[sent % sockets.length]?.volatile.emit('cart:get', () => undefined);
    }
    await pause(TURN_MS);
  }
}

/** 2,000 events a second, a hundred times the limit, from ten tabs. */
async function sendEvents(field: Battlefield): Promise<never> {
  const cookie = await arrive(field);
  const tabs = Array.from({ length: TABS }, () => connect(field.near, cookie, field.from));
  for (const tab of tabs) comeBack(tab);
  return flood(tabs);
}

/** Asks for much and reads none of it. */
async function neverRead(field: Battlefield): Promise<never> {
  const cookie = await arrive(field);
  const socket = connect(field.near, cookie, field.from);
  comeBack(socket);
  socket.on('connect', () => {
    // The TCP connection below, from which nothing is taken any more.
    const transport = socket.io.engine.transport as unknown as {
      ws?: { _socket?: { pause(): void } };
    };
    transport.ws?._socket?.pause();
  });
  return flood([socket]);
}

/** Sessions of guests, as many as go. */
async function startGuests(field: Battlefield): Promise<never> {
  for (;;) {
    await Promise.all(Array.from({ length: GUESTS_AT_ONCE }, () => arrive(field).catch(() => '')));
  }
}

/** A user whose tabs come and go, each of which the user's other tabs might be told of. */
async function comeAndGo(field: Battlefield): Promise<never> {
  const { near, far, from } = field;
  const body = { email: `${randomUUID()}@example.com`, password: PASSWORD };
  const registered = await call(new URL(near), 'POST', '/auth/register', {
    body: { ...body, name: 'H' },
    from,
  });
  const { cookie = '' } = registered;
  const open = (count: number) =>
    Array.from({ length: count }, (_, at) => connect(at % 2 ? near : far, cookie, from));
  for (const socket of open(TABS)) comeBack(socket);
  for (;;) {
    const tabs = open(CHURNING);
    await pause(200);
    for (const tab of tabs) tab.disconnect();
    await pause(50);
  }
}

/** Guesses of passwords, a thousand at once, each of another account. */
async function guess({ near, from }: Battlefield): Promise<never> {
  for (;;) {
    const guesses = Array.from({ length: GUESSES_AT_ONCE }, () => {
      const body = { email: `${randomUUID()}@example.com`, password: 'not the password' };
      return call(new URL(near), 'POST', '/auth/login', { body, from }).catch(() => undefined);
    });
    await Promise.all([...guesses, pause(GUESSES_EVERY_MS)]);
  }
}

export const ATTACKS: Readonly<Record<string, Attack>> = {
  'events, a hundred times as many as the limit': sendEvents,
  'a reader that never reads': neverRead,
  'guests, as many as go': startGuests,
  'tabs that come and go': comeAndGo,
  'a thousand guesses of passwords at once': guess,
};
