import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../../../support/random.js';
import { properEvent } from '../events.js';
import { handleOf } from '../guests.js';
import type { HostileConnection } from '../hostile-connection.js';
import type { Move } from '../move.js';
import type { Stage } from '../stage.js';

/** How a session ends or changes while its sockets are busy. */
type Turn = (stage: Stage, cookie: string) => Promise<void>;
/** The sweep that finds a record which is gone comes every 5 s, and looks twice. */
const SWEPT_MS = 14_000;
const STEPS = 12;

/** CONNECT, DISCONNECT and events, a few at a time, for as long as the turn takes and a bit longer. */
async function beBusy(connection: HostileConnection, random: Random): Promise<void> {
  for (let step = 0; step < STEPS && !connection.isClosed; step += 1) {
    const kind = random.below(5);
    if (kind === 0) {
      // What was asked in a namespace that is left stays without an answer.
      connection.answers.abandon();
      connection.send('41', '40');
      await connection.next(/^42\["session:ready"|^44/);
    } else if (kind === 1) connection.send('40/nowhere,');
    else if (kind === 2) connection.send(`42${properEvent(random)}`);
    else connection.ask(properEvent(random), properEvent(random));
    await pause(random.below(4));
  }
}

/** Does it while sockets of the session are busy; the session has ended then, and so must they. */
async function turnMeanwhile(stage: Stage, turn: Turn, withinMs?: number): Promise<void> {
  const cookie = await stage.target.guests.arrive();
  const count = 1 + stage.random.below(3);
  const joined = Array.from({ length: count }, () => stage.join(cookie));
  const connections = await Promise.all(joined);
  // One that comes while it happens.
  const late = stage.join(cookie);
  await Promise.all([
    turn(stage, cookie),
    ...connections.map((each) => beBusy(each, stage.fork())),
  ]);
  connections.push(await late);
  // Whoever is outside wants in again, and is refused; whoever is in asks twice, and is closed.
  for (const connection of connections) connection.send('40');
  const closed = await Promise.all(connections.map((each) => each.closes(withinMs)));
  if (closed.includes(false)) stage.violate('a socket outlives its session');
}

const logOut: Turn = async (stage, cookie) => {
  const { near, far } = stage.target;
  const at = stage.random.pick([near, far]);
  await stage.request('POST', '/auth/logout', { cookie, at });
};

const expire: Turn = (stage, cookie) => stage.expire(cookie, stage.random.below(50));

/** A new account signs in on the guest's session, which is replaced. */
const register: Turn = async (stage, cookie) => {
  const email = `${handleOf(cookie).toLowerCase()}@example.com`;
  const body = { email, password: 'correct horse battery', name: 'H' };
  await stage.request('POST', '/auth/register', { cookie, body, at: stage.target.far });
};

/** Sockets of a session that is written to stay. */
async function changeMeanwhile(stage: Stage): Promise<void> {
  const cookie = await stage.target.guests.arrive();
  const connection = await stage.join(cookie);
  const change = async (): Promise<void> => {
    for (let note = 0; note < 5; note += 1) {
      await stage.request('POST', '/hostile/note', {
        cookie,
        body: { note },
        at: stage.target.far,
      });
    }
  };
  await Promise.all([change(), beBusy(connection, stage.fork())]);
  if (!connection.isClosed) connection.ask('["session:get"]');
}

/** Sockets of a session that ends, changes, expires or is replaced. */
export const SESSION_MOVES: readonly Move[] = [
  { name: 'busy while the session ends', weight: 3, play: (stage) => turnMeanwhile(stage, logOut) },
  { name: 'busy while the session changes', play: changeMeanwhile },
  {
    name: 'busy while the session expires',
    weight: 0.2,
    play: (stage) => turnMeanwhile(stage, expire, SWEPT_MS),
  },
  {
    name: 'busy while somebody signs in',
    weight: 0.3,
    play: (stage) => turnMeanwhile(stage, register),
  },
];
