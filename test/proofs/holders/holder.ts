import type { NodeProcess } from '../../support/node-process.js';
import type { Visitor } from '../../support/visitor.js';
import { openSubscription } from './graphql-holder.js';
import { openDownload, openEventStream } from './http-holders.js';
import { openSocket } from './socket-holder.js';

/** How something that was open came to its end. */
export interface HolderEnd {
  /** On the clock of `performance.now()`. */
  readonly at: number;
  readonly reason: string;
}

/** Something that is open in a session's name. */
export interface Holder {
  readonly ended: Promise<HolderEnd>;
  /** How often it was given something since it opened. */
  delivered(): number;
}

type Open = (visitor: Visitor, node: NodeProcess) => Promise<Holder>;

/** Each way to hold a session, and how a client opens it. Another kind of connection is one more line. */
export const KINDS = {
  'Socket.IO socket': openSocket,
  'event stream': openEventStream,
  download: openDownload,
  'GraphQL subscription': openSubscription,
} as const satisfies Record<string, Open>;
