import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { type Principal, principalName } from '../session/principal.js';
import { RESOLVED_OPTIONS } from '../shared-session.module-definition.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import { NodeLife } from '../signals/node-life.js';
import { SessionKeys } from '../store/session-keys.js';
import { ClientNetworks } from './client-networks.js';
import { SocketCounts } from './socket-counts.js';

/** As much of an engine.io connection as counts, or of another one that says the same. */
export interface Connection {
  readonly request: IncomingMessage;
  /** `closed`, or anything else. */
  readonly readyState: string;
  readonly once: (event: 'close', listener: () => void) => unknown;
}

/** Bounds how many connections a principal and an address have, over all nodes. */
@Injectable()
export class SocketLimits {
  readonly #ofPrincipal: SocketCounts | null;
  readonly #ofAddress: SocketCounts | null;
  readonly #entered = new WeakMap<Connection, Promise<boolean>>();

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly keys: SessionKeys,
    private readonly life: NodeLife,
    private readonly addresses: ClientNetworks,
  ) {
    const { socketsOfPrincipal, socketsOfAddress } = options.rateLimits;
    this.#ofPrincipal = this.#counts(socketsOfPrincipal);
    this.#ofAddress = this.#counts(socketsOfAddress);
  }

  /**
   * Counts a connection, once, for as long as it is open.
   *
   * @returns whether there was room
   */
  enter(connection: Connection, principal: Principal): Promise<boolean> {
    let entered = this.#entered.get(connection);
    if (!entered) {
      entered = this.#enter(connection, principal);
      this.#entered.set(connection, entered);
    }
    return entered;
  }

  async #enter(connection: Connection, principal: Principal): Promise<boolean> {
    const held: (() => void)[] = [];
    const leave = (): void => {
      for (const leaveOne of held.splice(0)) leaveOne();
    };
    connection.once('close', leave);
    const enterOne = async (counts: SocketCounts | null, who: string): Promise<boolean> => {
      if (!counts) return true;
      if (!(await counts.enter(who))) return false;
      held.push(() => {
        counts.leave(who);
      });
      // Whoever has gone meanwhile says so no more.
      if (connection.readyState === 'closed') leave();
      return true;
    };
    const isIn = await Promise.all([
      enterOne(this.#ofPrincipal, principalName(principal)),
      enterOne(this.#ofAddress, this.addresses.of(connection.request)),
    ]);
    return isIn.every(Boolean);
  }

  #counts(most: number | false): SocketCounts | null {
    if (most === false) return null;
    const { commands } = this.options.redis;
    const keyOf = (who: string) => this.keys.limit('sockets', who);
    return new SocketCounts({ most, commands, life: this.life, keyOf });
  }
}
