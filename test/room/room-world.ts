import type { RedisClientType } from 'redis';
import type { NodeTruth, WorldName, WorldTruth } from '../../client-demo/src/room/room-events.js';
import { RedisView } from './redis-view.js';
import { RoomBrowser } from './room-browser.js';
import { RoomNode } from './room-node.js';
import { SessionNames } from './session-names.js';
import type { RoomUser } from './served-node.js';

export const ADA: RoomUser = { id: 'Ada', roles: ['editor'] };
export const GRACE: RoomUser = { id: 'Grace', roles: ['editor'] };

/** Two nodes of one kind, their Redis, and the browsers of two users. */
export class RoomWorld {
  readonly names = new SessionNames();
  readonly browsers: RoomBrowser[] = [];

  private constructor(
    readonly name: WorldName,
    readonly nodes: readonly [RoomNode, RoomNode],
    readonly redis: RedisView,
  ) {}

  static async start(
    name: WorldName,
    redisUrl: string,
    redis: RedisClientType,
  ): Promise<RoomWorld> {
    const prefix = `${name}:`;
    const [a, b] = await Promise.all(
      ['a', 'b'].map((each) => RoomNode.start(name, { redisUrl, prefix, name: each })),
    );
    if (!a || !b) throw new Error('A world has two nodes.');
    return new RoomWorld(name, [a, b], new RedisView(redis, name, prefix));
  }

  /** Whoever is signed in first, on the first node. */
  get ada(): RoomBrowser {
    const [ada] = this.browsers;
    if (!ada) throw new Error('Nobody is signed in.');
    return ada;
  }

  /** Ada and Grace, each with a tab on either node. */
  async setScene(): Promise<void> {
    await this.open('Ada’s laptop', ADA);
    await this.open('Grace’s laptop', GRACE);
  }

  /** Closes all browsers, and sets the scene anew. */
  async startOver(): Promise<void> {
    for (const browser of this.browsers.splice(0)) browser.close();
    for (const node of this.nodes) await node.restore();
    await this.redis.clear();
    this.names.clear();
    await this.setScene();
  }

  /** Signs a user in from a new browser, with a tab on either node. */
  async open(name: string, user: RoomUser): Promise<void> {
    const isEnded = (handle: string) => this.redis.hasEnded(handle);
    const browser = new RoomBrowser(name, user, this.nodes[0], isEnded);
    await browser.signIn();
    this.names.give(browser.handle, name);
    this.browsers.push(browser);
    for (const node of this.nodes) await browser.open(node);
  }

  /** Asks by HTTP who everybody is, as when each had loaded the page again. */
  async askAll(): Promise<void> {
    if (!this.nodes[0].isUp) return;
    await Promise.all(this.browsers.map((each) => each.ask()));
  }

  close(): void {
    for (const browser of this.browsers) browser.close();
  }

  describedNode(node: RoomNode): NodeTruth {
    const dots = node.sockets.map(({ id, handle, user, role }) => ({
      id,
      session: this.nameOf(handle),
      user,
      role,
    }));
    return { name: node.name, state: node.state, dots };
  }

  readonly nameOf = (handle: string): string => this.names.of(handle);

  get truth(): WorldTruth {
    return {
      nodes: this.nodes.map((node) => this.describedNode(node)),
      browsers: this.browsers.map((each) => each.described(this.nameOf)),
      redis: this.redis.described(this.nameOf),
    };
  }
}
