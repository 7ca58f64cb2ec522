import { principalName, type Principal } from '../session/principal.js';
import { shortName } from '../session/short-name.js';

/**
 * Names of the library's Redis keys and channels. All of one session have one hash tag, and so have all of one
 * principal; no command touches two. Pub/Sub ignores database numbers, hence one prefix for all.
 */
export class SessionKeys {
  readonly #prefix: string;
  /** Start of every record's key, as connect-redis is told it. */
  readonly recordPrefix: string;
  /** Start of the Socket.IO adapter's channels. */
  readonly adapterChannel: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
    this.recordPrefix = `${prefix}sess:`;
    this.adapterChannel = `${prefix}socket.io`;
  }

  /** The session's record. By its handle: who reads Redis learns no session id. */
  record(handle: string): string {
    return `${this.recordPrefix}{${handle}}`;
  }

  /** Where nodes tell each other that the session ended or changed. */
  sessionChannel(handle: string): string {
    return `${this.#prefix}session:{${handle}}`;
  }

  /**
   * Sorted set of the handles of a principal's sessions by expiry (ms, Redis' clock); 0 for one that is being
   * ended. To be in it with an expiry to come is what is called a session's rights: a script that writes in the
   * principal's name asks for it. The principal is the key's hash tag, so that an application's own keys
   * of that principal can share a script with it in a Cluster.
   */
  sessionsOf(principal: Principal): string {
    return `${this.#prefix}sessions:{${principalName(principal)}}`;
  }

  /** Sorted set of the handles of sessions that came of one session at an identity provider, as {@link sessionsOf} is. */
  providerSession(issuer: string, sid: string): string {
    return `${this.#prefix}idp-session:{${nameOf(issuer, sid)}}`;
  }

  /** The same of all sessions of one user there. */
  providerSubject(issuer: string, sub: string): string {
    return `${this.#prefix}idp-subject:{${nameOf(issuer, sub)}}`;
  }

  /** Exists while a token of an identity provider that was acted upon would be taken. */
  usedToken(issuer: string, id: string): string {
    return `${this.#prefix}idp-token:{${nameOf(issuer, id)}}`;
  }

  /** Hash of a principal's live sockets: a session's handle and a node's, and how many. */
  socketsOf(principal: Principal): string {
    return `${this.#prefix}sockets:{${principalName(principal)}}`;
  }

  /** Exists while a node lives. */
  nodeAlive(instance: string): string {
    return `${this.#prefix}shared-session:node:${instance}`;
  }

  /** A node's heartbeat to itself; each number is another channel, on another server of a Cluster perhaps. */
  probeChannel(instance: string, number: number): string {
    return `${this.#prefix}shared-session:probe:${instance}:${String(number)}`;
  }

  /** Written behind what a replica must have; of the same hash tag as another key. */
  fence(key: string): string {
    const [, tag = key] = /\{(.+?)\}/.exec(key) ?? [];
    return `${this.#prefix}shared-session:fence:{${tag}}`;
  }

  /** Written, read and removed again to see that Redis works; each number is another key, on another server of a Cluster perhaps. */
  readinessProbe(instance: string, number: number): string {
    return `${this.#prefix}shared-session:ready:${instance}:${String(number)}`;
  }

  /**
   * What counts towards a limit.
   *
   * @param what the limit's name
   * @param who whom it is counted for, such as a principal's name; the key's hash tag
   */
  limit(what: string, who: string): string {
    return `${this.#prefix}limit:{${who}}:${what}`;
  }

  /** The channel of a room of Socket.IO, but for a session's. A user's room has the hash tag of what is the user's. */
  roomChannel(namespace: string, room: string): string {
    return `${this.adapterChannel}#${namespace}#{${room}}#`;
  }
}

/** One short name for what a provider calls as it likes, braces and all. */
function nameOf(issuer: string, name: string): string {
  return shortName(JSON.stringify([issuer, name]));
}
