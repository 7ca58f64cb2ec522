import type { Device } from '../../../src/server/devices/devices.contract.js';
import { eventually } from '../../../src/testing/eventually.js';
import { operation, type Visitor } from '../../support/visitor.js';
import { attemptEvent } from './attempt.js';
import type { OpenSocket, Scene } from './scene.js';
import type { Violation } from './violation.js';

/** A healthy node closes the sockets of a session that ends within a second. */
const CLOSING_MS = 3000;

/** Looks at everything that a scene has left, a sweep later; ends with "sign out everywhere". */
export async function checkScene(scene: Scene): Promise<Violation[]> {
  const device = await scene.newDevice();
  const violations = [
    ...(await checkList(scene, device)),
    ...(await checkOver(scene)),
    ...(await checkSockets(scene)),
    ...(await checkCart(scene, device)),
    ...(await signOutEverywhere(scene, device)),
  ];
  await device.logout(scene.far);
  for (const { client } of scene.sockets) client.disconnect();
  return violations;
}

/** "Sign out everywhere" from a device leaves no other session, and no socket of one. */
export async function signOutEverywhere(scene: Scene, device: Visitor): Promise<Violation[]> {
  const ask = async (): Promise<number> =>
    (await device.request('DELETE', '/devices', { at: scene.far })).status;
  let status = await ask();
  if (status === 401) {
    // The end of all was cut off, told as a failure and finished: this device signs in again.
    await scene.signIn(device);
    status = await ask();
  }
  if (status !== 204) return [{ kind: 'survives everywhere', detail: String(status) }];
  const violations: Violation[] = [];
  for (const cookie of scene.cookies) {
    if (cookie === device.cookie) continue;
    const who = await scene.who(cookie);
    if (!who) scene.ended.add(cookie);
    if (who?.user?.id !== scene.user.id) continue;
    violations.push({ kind: 'survives everywhere', detail: 'a cookie is good' });
  }
  const left = async (): Promise<OpenSocket[]> => {
    const found = await socketsOfNobody(scene);
    return found.filter(({ client }) => client.connected);
  };
  const isClosed = await eventually(async () => (await left()).length === 0, CLOSING_MS).catch(
    () => false,
  );
  if (!isClosed) violations.push({ kind: 'survives everywhere', detail: 'a socket is open' });
  return violations;
}

async function checkList(scene: Scene, device: Visitor): Promise<Violation[]> {
  const { body } = await device.get<Device[]>('/devices', scene.far);
  const handles = new Set(body.map(({ handle }) => handle));
  const violations: Violation[] = [];
  for (const cookie of scene.cookies) {
    const who = await scene.who(cookie);
    if (who?.user?.id !== scene.user.id || handles.has(who.handle)) continue;
    violations.push({ kind: 'unlisted', detail: 'a live session is not among the devices' });
  }
  return violations;
}

/** What has ended stays so, and who was told no is not signed in. */
async function checkOver(scene: Scene): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const cookie of scene.ended) {
    if (await scene.who(cookie)) {
      violations.push({ kind: 'ended session lives', detail: 'its cookie is good' });
    }
  }
  for (const cookie of scene.toldNo) {
    if (await scene.isUser(cookie)) {
      violations.push({ kind: 'signed in, told no', detail: 'the cookie before it is good' });
    }
  }
  return violations;
}

/** Nobody's sockets are open, and each speaks for whom its cookie does. */
async function checkSockets(scene: Scene): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const socket of await socketsOfNobody(scene)) {
    violations.push({ kind: 'socket outlives session', detail: 'it is open after a sweep' });
    const { kind } = await attemptEvent(socket.client, 'cart:apply', operation('add', 'scale', 1));
    if (kind === 'done') violations.push({ kind: 'commit after the end', detail: 'cart:apply' });
  }
  return violations;
}

/** The open sockets whose session is over, or speaks for somebody else by now. */
async function socketsOfNobody(scene: Scene): Promise<OpenSocket[]> {
  const open = scene.sockets.filter(({ client }) => client.connected);
  const isNobodys = await Promise.all(
    open.map(async ({ cookie, client }) => {
      const who = await scene.who(cookie);
      if (!who) return true;
      const principal = await principalOf(client);
      return principal !== undefined && principal !== who.principal.id;
    }),
  );
  return open.filter((_, index) => isNobodys[index]);
}

/** Whom a socket speaks for; undefined if it does not say. */
async function principalOf(client: OpenSocket['client']): Promise<string | undefined> {
  // The reference server's events are on the main namespace; elsewhere a socket goes with its connection.
  const { nsp } = client as unknown as { nsp: string };
  if (nsp !== '/') return undefined;
  try {
    const answer = (await client.timeout(1000).emitWithAck('session:get')) as {
      data?: { principal: { id: string } };
    };
    return answer.data?.principal.id;
  } catch {
    return undefined;
  }
}

/** Every piece is in a cart that somebody can reach: once. */
async function checkCart(scene: Scene, device: Visitor): Promise<Violation[]> {
  if (!scene.cart) return [];
  let pieces = await piecesOf(device, scene);
  for (const cookie of scene.cookies) {
    const who = await scene.who(cookie);
    if (who?.principal.kind === 'guest') pieces += await piecesOf(scene.copyOf(cookie), scene);
  }
  const { least, most } = scene.cart;
  const detail = `${String(pieces)} instead of ${String(least)}`;
  if (pieces < least) return [{ kind: 'cart lost', detail }];
  if (pieces > most) return [{ kind: 'cart doubled', detail }];
  return [];
}

async function piecesOf(visitor: Visitor, { far }: Scene): Promise<number> {
  const { body } = await visitor.get<{ lines: { quantity: number }[] }>('/cart', far);
  return body.lines.reduce((sum, { quantity }) => sum + quantity, 0);
}
