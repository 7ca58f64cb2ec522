import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../../support/random.js';
import { PASSWORD } from '../../support/visitor.js';
import { call, type Place } from './call.js';
import { Device } from './device.js';
import type { History } from './history.js';

/** Before what was refused is tried again: half to one and a half of it. */
const AGAIN_MS = 400;
const PRODUCTS = ['scale', 'cup-set', 'milk-jug', 'pour-over', 'french-press', 'travel-mug'];
/** So many of the operations are sent twice. */
const TWICE = 0.1;
/** How long an operation is tried again. */
const PERSISTENCE_MS = 15_000;
/** So many operations are sent just before a session's end. */
const RACING = 3;
/** Who is not done by then never will be. */
const LONGEST_STOP_MS = 60_000;
/** What is under way at once, at most. */
const MOST_AT_ONCE = 6;

export interface CustomerSettings {
  readonly history: History;
  readonly random: Random;
  /** Where the load balancer sends a request. */
  readonly place: () => Place;
}

/** A user who shops from two devices, each with a session and a socket of its own, and at times signs out. */
export class Customer {
  readonly email = `${randomUUID()}@example.com`;
  readonly devices: readonly [Device, Device];
  /** As the server calls the user. */
  id = '';
  #underWay = 0;
  #turns = 0;
  #isStopped = false;

  constructor(private readonly settings: CustomerSettings) {
    this.devices = [new Device(this.email, settings), new Device(this.email, settings)];
  }

  /** Makes the account and signs in on both devices. */
  async arrive(): Promise<void> {
    await this.register();
    for (const device of this.devices) await device.signIn();
  }

  /** Makes the account. */
  async register(): Promise<void> {
    const body = { email: this.email, password: PASSWORD, name: 'C' };
    const reply = await call(this.settings.place(), 'POST', '/auth/register', { body });
    if (reply.status !== 201) throw new Error(`Registering failed with ${String(reply.status)}.`);
    this.id = (reply.body as { user: { id: string } }).user.id;
  }

  /** Puts one thing into the cart, and tries until it is known whether it is there. */
  async shop(device = this.#next()): Promise<void> {
    const { session } = device;
    if (!session || this.#isStopped || this.#underWay >= MOST_AT_ONCE) return;
    const sku = this.settings.random.pick(PRODUCTS);
    const operation = { operationId: randomUUID(), type: 'add', sku, quantity: 1 } as const;
    const until = Date.now() + PERSISTENCE_MS;
    this.#underWay += 1;
    const again = this.settings.random.chance(TWICE)
      ? session.send(this.id, operation, 'http')
      : Promise.resolve('unknown');
    for (let way: 'socket' | 'http' = 'socket'; ; way = 'http') {
      const outcome = await session.send(this.id, operation, way);
      if (outcome === 'ok' || outcome === 'refused' || Date.now() > until) break;
      await this.#pause();
    }
    await again;
    this.#underWay -= 1;
  }

  /** Signs one device out, or all others from one, and in again. */
  async comeAndGo(): Promise<void> {
    const [one, other] = this.devices;
    if (!one.session || !other.session || this.#isStopped) return;
    const isEverywhere = this.settings.random.chance(0.5);
    const ended = isEverywhere ? other : one;
    // What races with the end.
    for (let more = 0; more < RACING; more += 1) void this.shop(ended);
    await (isEverywhere ? one.endOther(other) : one.signOut());
    await ended.signIn();
  }

  /** A device whose session is over without its doing signs in again. */
  async mend(): Promise<void> {
    for (const device of this.devices) await device.mend();
  }

  /** Begins nothing new; resolves when what is under way is done. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const until = Date.now() + LONGEST_STOP_MS;
    while (this.#isBusy && Date.now() < until) await this.#pause();
  }

  close(): void {
    for (const device of this.devices) device.close();
  }

  /** In turn: a device that nobody uses for long would be signed out, and rightly so. */
  #next(): Device {
    this.#turns += 1;
    return this.devices[this.#turns % 2 === 0 ? 0 : 1];
  }

  get #isBusy(): boolean {
    const isComing = this.devices.some(({ session, isStranger }) => !session && !isStranger);
    return this.#underWay > 0 || isComing;
  }

  #pause(): Promise<void> {
    return pause(AGAIN_MS * (0.5 + this.settings.random.next()));
  }
}
