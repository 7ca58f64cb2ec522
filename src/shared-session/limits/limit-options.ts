import type { Rate, Window } from './rate.js';

/** What the library bounds over all nodes. Each is off as `false`, and has its default where it is left out. */
export interface LimitOptions {
  /**
   * Events of a principal, over all tabs and nodes. One too many is answered `RATE_LIMITED`; a connection with ten of those in a
   * minute is closed as `slow-down`.
   * @defaultValue `{ perSecond: 20, burst: 60 }`
   */
  readonly events?: Rate | false;
  /**
   * Connections that a principal has at a time; one too many is refused as `RATE_LIMITED`.
   * @defaultValue 50
   */
  readonly socketsOfPrincipal?: number | false;
  /**
   * Connections that come from one address, or one /64 of IPv6, at a time. Off where many users share an address.
   * @defaultValue 200
   */
  readonly socketsOfAddress?: number | false;
  /**
   * Attempts of an address to connect, before their session is read; one too many is answered 429 before the upgrade.
   * @defaultValue `{ perSecond: 10, burst: 50 }`
   */
  readonly handshakes?: Rate | false;
  /**
   * Guest sessions that start from an address; one too many is refused as `RATE_LIMITED`, 429.
   * @defaultValue `{ limit: 30, seconds: 60 }`
   */
  readonly guests?: Window | false;
}

/** The limits with every default filled in. */
export type ResolvedLimits = Required<LimitOptions> & {
  /** False where all are off, an application's own too. */
  readonly areOn: boolean;
};

export const DEFAULT_LIMITS: ResolvedLimits = Object.freeze({
  areOn: true,
  events: Object.freeze({ perSecond: 20, burst: 60 }),
  socketsOfPrincipal: 50,
  socketsOfAddress: 200,
  handshakes: Object.freeze({ perSecond: 10, burst: 50 }),
  guests: Object.freeze({ limit: 30, seconds: 60 }),
});

/** Where an application has none. */
export const NO_LIMITS: ResolvedLimits = Object.freeze({
  areOn: false,
  events: false,
  socketsOfPrincipal: false,
  socketsOfAddress: false,
  handshakes: false,
  guests: false,
});
