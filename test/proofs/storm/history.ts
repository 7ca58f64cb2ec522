/** How an attempt ended: applied, refused for good, refused since something is away, or without an answer. */
export type Outcome = 'ok' | 'refused' | 'unavailable' | 'unknown';

/** One try of an operation. All times are this process's, in ms since the epoch. */
export interface Attempt {
  readonly operationId: string;
  readonly sku: string;
  /** Id of the user. */
  readonly user: string;
  /** Of the session that it was sent in the name of. */
  readonly handle: string;
  /** Name of the node. */
  readonly node: string;
  readonly invokedAt: number;
  answeredAt?: number;
  outcome: Outcome;
  /** What the server said, unless it applied the operation. */
  code?: string;
  /** Whether the connection stood all the time and nothing came. */
  isUnanswered?: boolean;
}

/** A session that its user has ended. */
export interface End {
  readonly handle: string;
  readonly cookie: string;
  readonly user: string;
  readonly invokedAt: number;
  acknowledgedAt?: number;
}

/** A connection that was let in. */
export interface Connection {
  readonly handle: string;
  readonly node: string;
  readonly openedAt: number;
  closedAt?: number;
}

/** A session that was over for its user, who had not ended it. */
export interface ForcedOut {
  readonly handle: string;
  readonly at: number;
  readonly how: string;
}

/** What the clients have seen, on one clock: this process's. */
export class History {
  readonly attempts: Attempt[] = [];
  readonly ends = new Map<string, End>();
  readonly connections: Connection[] = [];
  readonly forcedOut: ForcedOut[] = [];
  /** Requests with a cookie of an ended session that were let in as its user. */
  readonly letIn: string[] = [];

  hasEnded(handle: string): boolean {
    return this.ends.has(handle);
  }

  /** How many sockets are open at a node now. */
  openAt(node: string): number {
    return this.connections.filter((each) => each.node === node && each.closedAt === undefined)
      .length;
  }
}
