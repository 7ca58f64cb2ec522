import { Injectable, Logger, type MessageEvent } from '@nestjs/common';
import { EMPTY, interval, map, merge, Observable, of, startWith, switchMap } from 'rxjs';
import { CodedError, type Session, SessionLinks, Sessions } from '../../shared-session/index.js';
import type { CartPosition, CartSync } from '../cart/cart.contract.js';
import { CartService } from '../cart/cart.service.js';

/** How often a feed looks at its cart: a node without the user's sockets hears of no change. */
const LOOK_MS = 2000;
/** So that no proxy takes a stream for dead. */
const HEARTBEAT_MS = 20_000;
/** On one node. Each is a tab, and asks Redis for the cart again and again. */
const MOST_OF_A_SESSION = 20;

/** What sockets are told of a session, as events of a stream. To follow it is no activity. */
@Injectable()
export class SessionFeed {
  readonly #logger = new Logger(SessionFeed.name);
  /** Open feeds, by the session's handle. */
  readonly #open = new Map<string, number>();

  constructor(
    private readonly sessions: Sessions,
    private readonly links: SessionLinks,
    private readonly cart: CartService,
  ) {}

  /** @throws CodedError `LIMIT_EXCEEDED` for the 21st of a session on this node */
  of(session: Session): Observable<MessageEvent> {
    if ((this.#open.get(session.handle) ?? 0) >= MOST_OF_A_SESSION) {
      throw new CodedError('LIMIT_EXCEEDED', 'This session has too many streams open.', {
        status: 422,
      });
    }
    return merge(
      this.#described(session),
      this.#cartOf(session),
      interval(HEARTBEAT_MS).pipe(map(() => ({ comment: 'alive' }))),
    );
  }

  /** The session at first, and whenever its user or their roles have changed. */
  #described(session: Session): Observable<MessageEvent> {
    return new Observable((subscriber) => {
      const tell = (type: string, told: Session): void => {
        subscriber.next({ type, data: this.sessions.describe(told) });
      };
      this.#count(session, 1);
      const hold = this.links.hold(
        session,
        // The library writes the last event, and ends the stream.
        () => undefined,
        (changed) => {
          tell('session:changed', changed);
        },
      );
      tell('session:ready', session);
      return () => {
        hold.release();
        this.#count(session, -1);
      };
    });
  }

  /** The cart at first, and whenever it is another one. */
  #cartOf(session: Session): Observable<MessageEvent> {
    let known: CartPosition = { version: -1, revision: '' };
    return interval(LOOK_MS).pipe(
      startWith(0),
      switchMap(() => this.#look(session, known)),
      switchMap((found) => {
        if (found.upToDate) return EMPTY;
        known = found.cart;
        return of({ type: 'cart:state', data: found.cart });
      }),
    );
  }

  /** What fails is made good by the next look. */
  async #look(session: Session, known: CartPosition): Promise<CartSync> {
    try {
      return await this.cart.sync(session, known);
    } catch (error) {
      this.#logger.debug(`A feed will look at its cart again: ${String(error)}`);
      return { upToDate: true };
    }
  }

  #count({ handle }: Session, by: 1 | -1): void {
    const count = (this.#open.get(handle) ?? 0) + by;
    if (count > 0) this.#open.set(handle, count);
    else this.#open.delete(handle);
  }
}
