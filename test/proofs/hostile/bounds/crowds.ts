import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { operationId } from '../events.js';
import type { HostileConnection } from '../hostile-connection.js';
import { call } from '../http-call.js';
import type { BoundMove } from '../move.js';
import type { Stage } from '../stage.js';

const PER_SESSION = 50;
const PER_PRINCIPAL = 200;
const DEVICES = 5;
const OPERATIONS = 450;
const AT_ONCE = 10;
/** So that it sends no more than a connection may. */
const TURN_MS = 125;
const SIGN_INS = 120;
/** Far more often than their passwords can be checked, and less often than they can be answered. */
const SIGN_IN_EVERY_MS = 4;
/** As many as are kept of a guest's, and as many as are forgotten in one step. */
const KEPT = 200 + 100;

/** Opens sockets, and tells how many are in. */
async function crowdIn(stage: Stage, cookies: readonly string[], each: number): Promise<number> {
  const crowd: HostileConnection[] = [];
  for (let round = 0; round < each; round += 1) {
    crowd.push(...(await Promise.all(cookies.map((cookie) => stage.join(cookie)))));
  }
  await Promise.all(crowd.filter(({ isJoined }) => !isJoined).map((refused) => refused.closes()));
  return crowd.filter(({ isClosed, isJoined }) => isJoined && !isClosed).length;
}

async function crowdOneSession(stage: Stage): Promise<void> {
  const cookie = await stage.target.guests.arrive();
  const inside = await crowdIn(stage, [cookie], PER_SESSION + 10);
  if (inside > PER_SESSION) stage.violate(`let in: ${String(inside)} sockets of one session`);
  if (inside < PER_SESSION) stage.violate(`refused: only ${String(inside)} sockets are in`);
}

async function crowdOnePrincipal(stage: Stage): Promise<void> {
  const body = { email: `${randomUUID()}@example.com`, password: 'correct horse battery' };
  const cookies: string[] = [];
  await stage.request('POST', '/auth/register', { body: { ...body, name: 'H' } });
  for (let device = 0; device < DEVICES; device += 1) {
    const cookie = await stage.request('POST', '/auth/login', { body });
    if (cookie) cookies.push(cookie);
  }
  const inside = await crowdIn(stage, cookies, PER_PRINCIPAL / DEVICES + 5);
  if (inside > PER_PRINCIPAL) stage.violate(`let in: ${String(inside)} sockets of one principal`);
  if (inside < PER_PRINCIPAL) stage.violate(`refused: only ${String(inside)} sockets are in`);
}

/** Many sockets on one connection: CONNECT again before the first is answered. */
async function crowdOneConnection(stage: Stage): Promise<void> {
  const connection = await stage.open(await stage.target.guests.arrive());
  connection.send(...Array.from({ length: PER_SESSION }, () => '40'));
  await connection.next(/^42\["session:ready"/);
  connection.ask('["session:get"]');
  await connection.settle();
  const { readies } = connection;
  if (readies > 1) stage.violate(`let in: ${String(readies)} sockets of one connection`);
}

/** Operations with ids of their own, each of which is remembered so that it can be sent again. */
async function operateOften(stage: Stage): Promise<void> {
  const { redis, prefix, guests } = stage.target;
  const cookie = await guests.arrive();
  const connection = await stage.join(cookie);
  for (let sent = 0; sent < OPERATIONS && !connection.isClosed; sent += AT_ONCE) {
    connection.ask(...Array.from({ length: AT_ONCE }, () => setOne(stage)));
    await Promise.all([connection.settle(), pause(TURN_MS)]);
  }
  if (connection.isClosed) stage.violate('cut off: it sent no more than it may');
  for await (const keys of redis.scanIterator({ MATCH: `${prefix}cart-operations:*` })) {
    for (const key of keys) {
      const fields = await redis.hKeys(key);
      const kept = fields.filter((field) => field.includes('-')).length;
      if (kept > KEPT) stage.violate(`kept: ${String(kept)} operations of one principal`);
    }
  }
}

/** Each costs 20 MB and 20 ms of a processor, if it is looked at. */
async function signInAtOnce(stage: Stage): Promise<void> {
  const body = { email: `${randomUUID()}@example.com`, password: 'not the password' };
  const attempts = Array.from({ length: SIGN_INS }, async (_, index) => {
    await pause(index * SIGN_IN_EVERY_MS);
    const { status } = await call(stage.target.near, 'POST', '/auth/login', { body });
    stage.note(`POST ${String(status)}`);
    return status;
  });
  const refused = (await Promise.all(attempts)).filter((status) => status === 503);
  if (refused.length > 0) return;
  stage.violate(`kept waiting: all of ${String(SIGN_INS)} sign-ins`);
}

function setOne({ random }: Stage): string {
  return `["cart:apply",{"operationId":"${operationId(random)}","type":"set","sku":"scale","quantity":1}]`;
}

/** More of something than one may have. */
export const CROWDS: readonly BoundMove[] = [
  { name: 'sockets of one session', bounds: ['50 sockets a session'], play: crowdOneSession },
  {
    name: 'sockets of one principal',
    bounds: ['200 sockets a principal'],
    play: crowdOnePrincipal,
  },
  {
    name: 'sockets of one connection',
    bounds: ['one socket a namespace'],
    play: crowdOneConnection,
  },
  { name: 'sign-ins of one client', bounds: ['hashes that wait'], play: signInAtOnce },
  { name: 'operations of one principal', bounds: ['operations that are kept'], play: operateOften },
];
