import { createHash } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  type Principal,
  type Session,
  SessionEndedError,
  Sessions,
} from '../../shared-session/index.js';
import { CatalogService } from '../catalog/catalog.service.js';
import { CartOperations } from './cart-operations.js';
import { MERGE_CARTS, type MergeCarts } from './cart-merge.js';
import { type CartCommand, CartRepository, type TakenCart } from './cart.repository.js';

/**
 * Moves a guest's cart into the cart of the user who the guest turned out to be. The user's notes say that this is
 * still to do, so it can be done again after a crash at any point, and by any of the user's sessions: the
 * cart is taken for one user only, and the operation has an id that follows from the guest's.
 */
@Injectable()
export class GuestCarts {
  readonly #logger = new Logger(GuestCarts.name);

  constructor(
    private readonly carts: CartRepository,
    private readonly catalog: CatalogService,
    private readonly operations: CartOperations,
    private readonly sessions: Sessions,
    @Inject(MERGE_CARTS) private readonly merge: MergeCarts,
  ) {}

  /** Notes what is to do, before anybody hears that the sign-in has succeeded. */
  async note(session: Session): Promise<void> {
    if (session.carriedGuest !== null) await this.carts.noteGuest(session, session.carriedGuest);
  }

  /** Does what is still to do for a session. Exactly once, however often it is called. */
  async join(session: Session): Promise<void> {
    if (session.carriedGuest === null) return;
    await this.#join(session, session.carriedGuest);
    await this.sessions.forgetCarriedGuest(session.handle);
  }

  /** Does what is still to do for any session of this user, also for one that has ended. */
  async joinAll(session: Session): Promise<void> {
    // Guests join nobody's cart but a user's.
    if (!session.user) return;
    await this.join(session);
    for (const guestId of await this.carts.guestsOf(session.principal)) {
      const live = await this.sessions.list({ kind: 'guest', id: guestId });
      // A guest whose sign-in was taken back goes on as a guest.
      if (live.length === 0) await this.#join(session, guestId);
    }
  }

  async #join(session: Session, guestId: string): Promise<void> {
    const guest: Principal = { kind: 'guest', id: guestId };
    // From here on nobody writes to the guest's cart, whatever became of the sign-in that carried it.
    await this.sessions.endAll(guest, 'replaced');
    const taken = await this.carts.take(guest, session.principal);
    // Another user has it, and may not have come to the end of this.
    if (taken) await this.#take(session, guest, taken);
    await this.carts.forgetGuest(session.principal, guestId);
  }

  async #take(session: Session, guest: Principal, taken: TakenCart): Promise<void> {
    const isEmpty = taken.operations.length === 0 && taken.lines.length === 0;
    if (isEmpty || (await this.#apply(session, guest, taken))) await this.carts.discard(guest);
    else this.#logger.error('A guest’s cart cannot join the user’s: it stays until it expires');
  }

  /** False if the cart refuses what the merge strategy made: more than fits into it, say. */
  async #apply(session: Session, guest: Principal, taken: TakenCart): Promise<boolean> {
    const operationId = operationIdOf(guest);
    for (;;) {
      const command = await this.#command(session, operationId, taken);
      const { outcome } = await this.operations.apply(session, command);
      if (outcome === 'ended') throw new SessionEndedError();
      if (outcome === 'stale') continue;
      return outcome === 'applied' || outcome === 'replayed';
    }
  }

  async #command(
    { principal }: Session,
    operationId: string,
    taken: TakenCart,
  ): Promise<CartCommand> {
    const { revision, lines } = await this.carts.read(principal);
    const merged = this.merge(
      lines,
      taken.lines.filter(({ sku }) => this.catalog.find(sku)),
    );
    return {
      operationId,
      fingerprint: 'join',
      expectedRevision: revision,
      joined: taken.operations,
      lines: merged.map(({ sku, quantity }) => {
        const unitPrice = this.catalog.find(sku)?.unitPrice.amount;
        return { mode: 'set', sku, quantity, unitPrice };
      }),
    };
  }
}

/** A UUID (version 8, RFC 9562) that follows from the guest's id. */
function operationIdOf({ id }: Principal): string {
  const hex = createHash('sha256').update(`guest cart ${id}`).digest('hex');
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
  ];
  return [...parts, hex.slice(20, 32)].join('-');
}
