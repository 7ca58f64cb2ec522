import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { ClientAddresses } from '../access/client-addresses.js';
import { type Principal, principalName } from '../session/principal.js';
import { RESOLVED_OPTIONS } from '../shared-session.module-definition.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import { NodeLife } from '../signals/node-life.js';
import { SessionKeys } from '../store/session-keys.js';
import { ClientNetworks } from './client-networks.js';
import { LimitHits } from './limit-hits.js';
import { SocketCounts } from './socket-counts.js';
import { TooManySocketsError } from './too-many-sockets.error.js';

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
    private readonly networks: ClientNetworks,
    private readonly addresses: ClientAddresses,
    private readonly hits: LimitHits,
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

  /** Tells that there was none, and gives what to refuse the connection with. */
  noRoom({ request }: Pick<Connection, 'request'>, principal: Principal): TooManySocketsError {
    const error = new TooManySocketsError();
    const { retryAfterMs } = error;
    const address = this.addresses.ofUpgrade(request);
    this.hits.tell({ limit: 'sockets', principal, address, retryAfterMs });
    return error;
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
      enterOne(this.#ofAddress, this.networks.of(connection.request)),
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
