/** The two worlds: the usual recipe, and this library. */
export const WORLDS = ['recipe', 'ours'] as const;
export type WorldName = (typeof WORLDS)[number];

/** A socket that a node has, as the node itself says when it is asked. */
export interface Dot {
  readonly id: string;
  /** A short name that the room gave the session. */
  readonly session: string;
  /** As whom the node takes it; null: nobody. */
  readonly user: string | null;
  readonly role: string | null;
}

export interface NodeTruth {
  readonly name: string;
  /** `silent`: the process is there, and has not answered for a second. */
  readonly state: 'up' | 'silent' | 'down';
  readonly dots: readonly Dot[];
}

/** A real Socket.IO client. */
export interface Tab {
  readonly name: string;
  readonly node: string;
  /** Of its connection; null while it has none. */
  readonly socket: string | null;
  readonly heard: number;
  /** Messages that it heard although its session's record was gone. */
  readonly heardAfterEnd: number;
}

export interface Browser {
  readonly name: string;
  readonly session: string;
  /** As an HTTP request was answered last; null: nobody. */
  readonly user: string | null;
  readonly role: string | null;
  readonly tabs: readonly Tab[];
}

/** A session whose record is no longer in Redis. */
export interface Ended {
  readonly session: string;
  /** When the room noticed, in ms since the epoch. */
  readonly at: number;
}

export interface RedisTruth {
  /** Sessions that have a record. */
  readonly records: readonly string[];
  readonly ended: readonly Ended[];
}

export interface WorldTruth {
  readonly nodes: readonly NodeTruth[];
  readonly browsers: readonly Browser[];
  readonly redis: RedisTruth;
}

/** A line of what happened. */
export interface Told {
  readonly type: 'told';
  readonly world: WorldName | null;
  readonly text: string;
}

/** What the library told on its channel `link.closed`. */
export interface Closed {
  readonly type: 'closed';
  readonly world: WorldName;
  readonly node: string;
  readonly session: string;
  readonly reason: string;
  /** How long after the end was asked for; null where nobody said when. */
  readonly ms: number | null;
}

type Measured =
  | { readonly type: 'node'; readonly world: WorldName; readonly node: NodeTruth }
  | { readonly type: 'browsers'; readonly world: WorldName; readonly browsers: readonly Browser[] }
  | { readonly type: 'redis'; readonly world: WorldName; readonly redis: RedisTruth };

/** Everything as it is. */
export interface Snapshot {
  readonly type: 'snapshot';
  /** Of the supervisor that sends it: numbers of another one mean nothing. */
  readonly run: string;
  readonly worlds: Readonly<Record<WorldName, WorldTruth>>;
}

export type News = Snapshot | Measured | Closed | Told | { readonly type: 'alive' };

/** What the page is sent, numbered as it was noticed. */
export type RoomEvent = News & { readonly seq: number; readonly at: number };
