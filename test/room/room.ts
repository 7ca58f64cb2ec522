import { randomUUID } from 'node:crypto';
import {
  type News,
  type RoomEvent,
  type Snapshot,
  type WorldName,
  WORLDS,
} from '../../client-demo/src/room/room-events.js';
import { stopAfterwards } from '../support/cleanup.js';
import { startTestRedis } from '../../src/testing/test-redis.js';
import { openRedis } from '../support/redis-under-test.js';
import { RoomWorld } from './room-world.js';
import { TOOLS } from './room-tools.js';

const LOOK_EVERY_MS = 200;

/** Both worlds, what is done to them, and what is seen of them. */
export class Room {
  readonly #run = randomUUID();
  readonly #listeners = new Set<(event: RoomEvent) => void>();
  /** What was told last of each part, as JSON. */
  readonly #told = new Map<string, string>();
  #seq = 0;
  #isBusy = false;

  private constructor(readonly worlds: Readonly<Record<WorldName, RoomWorld>>) {}

  /** With a Redis of its own; `stopAll()` ends all of it. */
  static async start(): Promise<Room> {
    const server = await startTestRedis();
    stopAfterwards(() => server.stop());
    const { url } = server;
    const redis = await openRedis(url);
    const [recipe, ours] = await Promise.all([
      RoomWorld.start('recipe', url, redis),
      RoomWorld.start('ours', url, redis),
    ]);
    const room = new Room({ recipe, ours });
    for (const world of [recipe, ours]) await room.#furnish(world);
    const timer = setInterval(() => void room.look(), LOOK_EVERY_MS);
    stopAfterwards(() => {
      clearInterval(timer);
      for (const world of [recipe, ours]) world.close();
    });
    return room;
  }

  /** Everything as it is, now. */
  snapshot(): RoomEvent & Snapshot {
    const { recipe, ours } = this.worlds;
    const worlds = { recipe: recipe.truth, ours: ours.truth };
    return { type: 'snapshot', run: this.#run, worlds, ...this.#stamp() };
  }

  /** @returns ends it */
  onEvent(listener: (event: RoomEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Uses a tool in both worlds, at the same time.
   *
   * @returns false: there is no such tool, or another is in use
   */
  async use(name: string): Promise<boolean> {
    const tool = TOOLS.find((each) => each.name === name);
    if (!tool || this.#isBusy) return false;
    this.#isBusy = true;
    this.#tell({ type: 'told', world: null, text: `${tool.label}. ${tool.shows}` });
    await Promise.all(WORLDS.map((world) => this.#useIn(world, tool)));
    this.#isBusy = false;
    return true;
  }

  /** Looks at everything once more, and tells what has changed. */
  async look(): Promise<void> {
    for (const name of WORLDS) {
      const world = this.worlds[name];
      for (const node of world.nodes) node.poll();
      // A Redis that does not answer is no reason to end the room.
      await world.redis.look().catch(() => undefined);
      const { nodes, browsers, redis } = world.truth;
      for (const node of nodes) {
        this.#tellIfNew(`${name} node ${node.name}`, { type: 'node', world: name, node });
      }
      this.#tellIfNew(`${name} redis`, { type: 'redis', world: name, redis });
      this.#tellIfNew(`${name} browsers`, { type: 'browsers', world: name, browsers });
    }
    this.#tell({ type: 'alive' });
  }

  async #furnish(world: RoomWorld): Promise<void> {
    for (const node of world.nodes) {
      node.onClosed = ({ handle, reason, ms }) => {
        const session = world.nameOf(handle);
        this.#tell({ type: 'closed', world: world.name, node: node.name, session, reason, ms });
      };
    }
    await world.setScene();
  }

  async #useIn(name: WorldName, tool: (typeof TOOLS)[number]): Promise<void> {
    const world = this.worlds[name];
    try {
      await tool.use(world);
      await world.askAll();
    } catch {
      // What failed may name an address or a cookie; that it failed is enough.
      this.#tell({ type: 'told', world: name, text: `${tool.label} failed here.` });
    }
    await Promise.all(world.nodes.map((node) => node.fresh()));
    await this.look();
    this.#tell({ type: 'told', world: name, text: outlivedIn(world) });
  }

  #tellIfNew(part: string, news: News): void {
    const json = JSON.stringify(news);
    if (this.#told.get(part) === json) return;
    this.#told.set(part, json);
    this.#tell(news);
  }

  #tell(news: News): void {
    const event: RoomEvent = { ...news, ...this.#stamp() };
    for (const listener of this.#listeners) listener(event);
  }

  #stamp() {
    this.#seq += 1;
    return { seq: this.#seq, at: Date.now() };
  }
}

/** What is left of sessions that have no record, and of roles that a request does not have, in words. */
function outlivedIn({ truth: { nodes, browsers, redis } }: RoomWorld): string {
  const ended = new Set(redis.ended.map(({ session }) => session));
  const dots = nodes.flatMap((node) => node.dots);
  const left = dots.filter(({ session }) => ended.has(session)).length;
  const outdated = dots.filter(({ session, role }) =>
    browsers.some((each) => each.session === session && each.user && each.role !== role),
  ).length;
  const roles = outdated > 0 ? ` Sockets with an old role: ${String(outdated)}.` : '';
  const sockets =
    left > 0
      ? `Sockets of ended sessions that are open: ${String(left)}.`
      : 'No socket of an ended session is open.';
  return `${sockets}${roles}`;
}
