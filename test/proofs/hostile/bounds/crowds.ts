import { randomUUID } from 'node:crypto';
import { operationId } from '../events.js';
import type { HostileConnection } from '../hostile-connection.js';
import type { BoundMove } from '../move.js';
import type { Stage } from '../stage.js';

const PER_SESSION = 50;
const PER_PRINCIPAL = 200;
const DEVICES = 5;
const OPERATIONS = 1500;
const AT_ONCE = 10;
/** As many as are kept, and as many as are forgotten in one step. */
const KEPT = 1000 + 100;

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
    await connection.settle();
  }
  for await (const keys of redis.scanIterator({ MATCH: `${prefix}cart-operations:*` })) {
    for (const key of keys) {
      const fields = await redis.hKeys(key);
      const kept = fields.filter((field) => field.includes('-')).length;
      if (kept > KEPT) stage.violate(`kept: ${String(kept)} operations of one principal`);
    }
  }
}

function setOne({ random }: Stage): string {
  return `["cart:apply",{"operationId":"${operationId(random)}","type":"set","sku":"scale","quantity":1}]`;
}

/** More of something than one may have. */
export const CROWDS: readonly BoundMove[] = [
  { name: 'sockets of one session', bound: '50 sockets a session', play: crowdOneSession },
  { name: 'sockets of one principal', bound: '200 sockets a principal', play: crowdOnePrincipal },
  { name: 'sockets of one connection', bound: '50 sockets a session', play: crowdOneConnection },
  { name: 'operations of one principal', bound: 'operations that are kept', play: operateOften },
];
