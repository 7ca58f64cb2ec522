import { type EndOperation, operationChannel } from '../diagnostics/operations.js';
import type { EndCause } from '../session/end-reason.js';
import { isSamePrincipal, type Principal } from '../session/principal.js';
import { SessionEndedError } from '../shared-session.errors.js';
import { doOrUndo } from '../redis/do-or-undo.js';
import { wasNotSent } from '../redis/redis-outage.js';
import type {
  Listing,
  Membership,
  RecordChange,
  Replaced,
  SessionRepository,
} from './session.repository.js';
import { EntryState, ReplaceOutcome } from './session.scripts.js';

const ends = operationChannel('end');

/** What a record says of its session. */
export interface Facts {
  /** Whom it speaks for. */
  readonly principal: Principal | null;
  /** How long it lives without activity, in ms. */
  readonly idleMs: number;
}

/** A session, and how long it shall live from now on, in ms. */
export interface Subject extends Facts {
  readonly handle: string;
  readonly lifetimeMs: number;
}

/** A session with an entry in somebody's set. */
type Listed = Membership & Pick<Facts, 'idleMs'>;

/** A session that is to end. */
export interface Ending {
  readonly handle: string;
  readonly principal: Principal | null;
  readonly cause: EndCause;
  /** By Redis' clock, in ms since the epoch; null: by somebody else, nobody knows when. */
  readonly askedAt: number | null;
}

/** A session that this node has ended. */
export interface Ended extends Ending {
  /** Whether the end is news: it was this node that removed the record, as far as it knows. */
  readonly isNews: boolean;
}

/** Why this node goes on with what somebody else began, or takes back what did not come to be. */
const BY_NODE: EndCause = { reason: 'revoked', by: 'node' };

/** A change to a record. */
export interface Change {
  readonly handle: string;
  /** The JSON that the writer knows. */
  readonly loaded: string;
  /** Makes the new JSON from what is stored; called again when another writer was faster. */
  readonly rewrite: (current: string) => string;
  /** How long the session shall live from now on, in ms; 0: as long as it does. */
  readonly lifetimeMs: number;
}

/** What became of a record; what is still to do for its entry. */
interface Written {
  readonly outcome: number;
  readonly grant?: () => Promise<void>;
}

export type ReadFacts = (json: string) => Facts;

interface Listeners {
  /** Told of each session that this node itself has ended, with whom it spoke for at last. */
  readonly ended: (ended: Ended) => void;
  /** Told of each save that went on from what another writer has saved meanwhile. */
  readonly merged: (handle: string) => void;
}

/**
 * How a session starts, changes, lives on and ends. It is two things in Redis, on two servers perhaps: its record, and
 * its entry in the set of its principal's sessions. No command touches both, so everything here may be cut off
 * between any two of its commands. The order is such that a cut leaves nothing that the next caller does not repair:
 *
 *     start     enter ──────── create record ──── raise entry, if it is still there
 *                     ▲ an entry without a record, which nobody has the cookie of; it expires
 *     prolong   raise entry ── extend record                      missing entry: add it without rights,
 *     save      raise entry ── replace record                     extend or replace, and only then raise it
 *     end       mark entry 0 ─ remove record, signal ── leave
 *                           ▲ the mark is found by every list and every prolongation, which finish the end
 *
 * An entry is never raised from 0. Rights follow the record: a session whose record is gone gets none, however late.
 */
export class SessionTransitions {
  readonly #repository: SessionRepository;
  readonly #factsIn: ReadFacts;
  /** Ends that were begun and are not known to be finished. */
  readonly #due = new Map<string, Ending>();
  readonly #onEnded: Listeners['ended'];
  readonly #onMerged: Listeners['merged'];

  constructor(repository: SessionRepository, factsIn: ReadFacts, { ended, merged }: Listeners) {
    this.#repository = repository;
    this.#factsIn = factsIn;
    this.#onEnded = ended;
    this.#onMerged = merged;
  }

  /**
   * Starts a session. One that could not be started is ended: whoever was told so must not be signed in.
   *
   * @throws SessionEndedError when all of the principal's sessions were ended meanwhile
   */
  async start({ handle, principal, lifetimeMs, idleMs }: Subject, json: string): Promise<void> {
    const create = () => this.#repository.create(handle, json, lifetimeMs);
    try {
      const entry = principal && { handle, principal, idleMs };
      const begin = () => (entry ? this.#enterWith(entry, lifetimeMs, create) : create());
      await this.#repository.surely(handle, principal, begin);
    } catch (error) {
      // Nothing was sent, nothing is to be ended. Otherwise it is tried again until it is done.
      if (!wasNotSent(error)) {
        await this.end({ handle, principal, cause: BY_NODE, askedAt: null }).catch(() => undefined);
      }
      throw error;
    }
  }

  /** Prolongs a session; false if it has ended. */
  async prolong(subject: Subject): Promise<boolean> {
    const { handle, lifetimeMs } = subject;
    const { outcome, grant } = await this.#within(subject, false, async () => {
      const extended = await this.#repository.extend(handle, lifetimeMs);
      return extended ? ReplaceOutcome.replaced : ReplaceOutcome.gone;
    });
    await grant?.();
    return outcome !== ReplaceOutcome.gone;
  }

  /**
   * Compare-and-set until no other writer was faster. Each round one of the writers succeeds, so it ends.
   *
   * @returns the record as saved
   * @throws SessionEndedError when the session has ended; nothing that lives on is written then
   */
  async save({ handle, loaded, rewrite, lifetimeMs }: Change): Promise<string> {
    let current = loaded;
    for (;;) {
      const next = rewrite(current);
      if (next === current) {
        await this.#keep({ handle, ...this.#factsIn(next), lifetimeMs });
        return next;
      }
      const { principal: from } = this.#factsIn(current);
      const facts = this.#factsIn(next);
      const to = facts.principal;
      const isNew = !isSamePrincipal(from, to);
      const record = { loaded: current, next, lifetimeMs };
      let theirs = '';
      const { outcome, grant } = await this.#within(
        { handle, ...facts, lifetimeMs },
        isNew,
        async () => {
          const replaced = isNew
            ? await this.#replaceSurely(handle, record)
            : await this.#repository.replace(handle, record);
          theirs = replaced[1];
          return replaced[0];
        },
      );
      if (outcome === ReplaceOutcome.gone) throw new SessionEndedError();
      if (outcome === ReplaceOutcome.replaced) {
        // It is saved, whatever fails now: the rights follow with the next activity, and what is left behind goes
        // with the principal's other sessions, or expires.
        await grant?.().catch(() => undefined);
        if (from && isNew) {
          await this.#repository.leave({ handle, principal: from }).catch(() => undefined);
        }
        if (current !== loaded) this.#onMerged(handle);
        return next;
      }
      current = theirs;
    }
  }

  /**
   * Lets a session speak for somebody else, or not: whoever is told that it failed must not be signed in. The browser
   * has the cookie of this session already, so a change that was written all the same is taken back.
   */
  #replaceSurely(handle: string, record: RecordChange): Promise<Replaced> {
    const replace = (): Promise<Replaced> => this.#repository.replace(handle, record);
    const before = { loaded: record.next, next: record.loaded, lifetimeMs: 0 };
    return doOrUndo({
      work: replace,
      again: async () => {
        const [outcome, theirs] = await replace();
        return theirs === record.next ? [ReplaceOutcome.replaced, ''] : [outcome, theirs];
      },
      undo: () => this.#repository.replace(handle, before),
      untilReachable: (error) => this.#repository.untilReachable(error),
    });
  }

  /** What a save has to do that changes nothing: no other node needs to hear of it. */
  async #keep(subject: Subject): Promise<void> {
    if (subject.lifetimeMs > 0 && !(await this.prolong(subject))) throw new SessionEndedError();
  }

  /**
   * Ends a session. Ending it again is no error. One that is cut off has begun all the same: this node tries again
   * until it is done ({@link due}), and so does whoever meets the mark.
   */
  async end(asked: Ending): Promise<void> {
    if (!ends.hasSubscribers) return this.#settleEnd(asked, null);
    const { handle, cause } = asked;
    const { reason, by } = cause;
    const operation: EndOperation = { handle, reason, by, traceparent: null };
    return ends.tracePromise(() => this.#settleEnd(asked, operation), operation);
  }

  async #settleEnd(asked: Ending, operation: EndOperation | null): Promise<void> {
    const before = this.#due.get(asked.handle);
    const ending: Ending = {
      ...asked,
      principal: asked.principal ?? before?.principal ?? null,
      // Whoever only meets the mark of an end does not know why.
      cause: before?.cause ?? asked.cause,
      askedAt: before?.askedAt ?? asked.askedAt,
    };
    const { handle, principal } = ending;
    try {
      const { last, wasThere } = await this.#repository.surely(handle, principal, () =>
        this.#end(ending, operation?.traceparent ?? null),
      );
      this.#due.delete(handle);
      // A first try whose reply was lost may have removed it.
      this.#onEnded({ ...ending, principal: last, isNews: wasThere || before !== undefined });
    } catch (error) {
      if (before || !wasNotSent(error)) this.remember(ending);
      throw error;
    }
  }

  /** Notes an end that is due, whatever became of the first try. */
  remember(ending: Ending): void {
    // The last to be tried next time: one that always fails must not hold up the others.
    this.#due.delete(ending.handle);
    this.#due.set(ending.handle, ending);
  }

  /** @returns whom the session spoke for at last, and whether its record was there */
  async #end({ handle, principal, cause, askedAt }: Ending, traceparent: string | null) {
    if (principal) await this.#repository.markEnding({ handle, principal });
    const trail = { askedAt, traceparent };
    const removed = await this.#repository.remove(handle, cause.reason, trail);
    // Somebody may have signed in on this very session in between.
    const last = (removed === null ? null : this.#factsIn(removed).principal) ?? principal;
    if (last && !isSamePrincipal(last, principal)) {
      await this.#repository.leave({ handle, principal: last });
    }
    if (principal) await this.#repository.leave({ handle, principal });
    return { last, wasThere: removed !== null };
  }

  /** The ends that this node began and could not finish. */
  due(): Ending[] {
    return [...this.#due.values()];
  }

  /**
   * Raises a session's entry and writes to its record, both in one round trip. Where there is no entry yet, it gets
   * its rights after the record was seen alive: by `grant`, which is there if it is needed.
   */
  async #within(subject: Subject, isNew: boolean, write: () => Promise<number>): Promise<Written> {
    const { handle, principal, lifetimeMs, idleMs } = subject;
    if (!principal) return { outcome: await write() };
    const entry = { handle, principal, idleMs };
    if (isNew) return this.#list(entry, lifetimeMs, write);
    const raised = this.#enter(entry, lifetimeMs, 'raise');
    const [state, outcome] = await Promise.all([raised, write()]);
    if (state === EntryState.ending) return this.#finish(entry);
    if (outcome === ReplaceOutcome.gone) await this.#repository.leave(entry);
    else if (state === EntryState.missing) {
      return this.#list(entry, lifetimeMs, () => Promise.resolve(outcome));
    }
    return { outcome };
  }

  /** Writes to the record of a session that has no entry yet: lists it first, and gives it its rights last. */
  async #list(entry: Listed, lifetimeMs: number, write: () => Promise<number>): Promise<Written> {
    const state = await this.#enter(entry, 0, 'add');
    if (state === EntryState.ending) return this.#finish(entry);
    const outcome = await write();
    if (outcome === ReplaceOutcome.gone) await this.#repository.leave(entry);
    if (outcome !== ReplaceOutcome.replaced) return { outcome };
    return { outcome, grant: () => this.#grant(entry, lifetimeMs) };
  }

  /** Goes on with an end that was cut off. */
  async #finish({ handle, principal }: Membership): Promise<Written> {
    await this.end({ handle, principal, cause: BY_NODE, askedAt: null });
    return { outcome: ReplaceOutcome.gone };
  }

  /** Gives a session that is listed its rights, if its record lives and still speaks for that principal. */
  async #grant(entry: Listed, lifetimeMs: number): Promise<void> {
    const found = await this.#repository.read(entry.handle);
    const isTheirs = found && isSamePrincipal(this.#factsIn(found.json).principal, entry.principal);
    if (!isTheirs) await this.#repository.leave(entry);
    else await this.#enter(entry, lifetimeMs || Math.max(1, found.leftMs), 'raise');
  }

  /**
   * Lists a session, creates its record, and looks whether it is listed still: whoever ended all sessions in between
   * took it away.
   */
  async #enterWith(entry: Listed, lifetimeMs: number, create: () => Promise<void>): Promise<void> {
    const added = await this.#enter(entry, lifetimeMs, 'add');
    if (added !== EntryState.entered) throw new SessionEndedError();
    // Sent together, and done in this order.
    const [, state] = await Promise.all([create(), this.#enter(entry, lifetimeMs, 'raise')]);
    if (state !== EntryState.entered) throw new SessionEndedError();
  }

  #enter(entry: Listed, lifetimeMs: number, how: Listing['how']): Promise<EntryState> {
    return this.#repository.enter(entry, { lifetimeMs, idleMs: entry.idleMs, how });
  }
}
