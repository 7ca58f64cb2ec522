/** A socket that a node has. */
export interface OpenSocket {
  readonly id: string;
  /** Public name of its session. */
  readonly handle: string;
  readonly user: string | null;
  readonly role: string | null;
}

/** A node of either world, in its own process. */
export interface ServedNode {
  readonly url: string;
  readonly sockets: () => OpenSocket[];
  /** Sends `news` to every socket of a user. */
  readonly say: () => void;
}

/** Who is signed in, in both worlds. */
export interface RoomUser {
  readonly id: string;
  readonly roles: string[];
}

export interface Place {
  readonly redisUrl: string;
  readonly prefix: string;
  readonly name: string;
}

/** Longer than anybody looks at the room. */
export const IDLE_SECONDS = 3600;
