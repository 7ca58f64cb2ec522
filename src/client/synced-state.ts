import type { Acknowledgement } from '../shared-session/shared-session.contract.js';
import { ChangeLog } from './change-log.js';
import { KeptOperations } from './kept-operations.js';
import { Observable } from './observable.js';
import { OperationQueue, type Settled } from './operation-queue.js';
import type { AnySession } from './session-events.js';
import { SyncSchedule } from './sync-schedule.js';
import { UnloadGuard } from './unload-guard.js';
import type { Change, Operation, Versioned } from './versioned.js';

/** A state as this tab shows it. */
export interface SyncedView<State> {
  /** With what is pending already in it; null until the server was asked. */
  readonly state: State | null;
  /** How many operations the server has not settled yet. */
  readonly pending: number;
}

/** What a state is called, and how it changes. */
export interface SyncedStateOptions<State, Op, Delta> {
  /** The `cart` of `cart:get`, `cart:sync`, `cart:apply` and `cart:changed`. */
  readonly name: string;
  /** The state after a change that follows it. Pure. */
  readonly withChange: (state: State, change: Delta) => State;
  /** The state as it will be, if the server agrees to the operation. Pure. */
  readonly withOperation: (state: State, operation: Op) => State;
  /**
   * Whether what waits is kept in the browser's `localStorage` until it is settled, and so survives a reload. Turn it off for
   * operations that should not stand there.
   *
   * @defaultValue true
   */
  readonly keep?: boolean;
  /**
   * Whether the browser asks before it leaves the page while something waits that cannot be kept: the storage is full, or
   * there is none.
   *
   * @defaultValue false
   */
  readonly preventUnload?: boolean;
  /** Told of each operation that a page has left which is gone: whoever called `apply()` there hears no more of it. */
  readonly onRestored?: (operation: Op, settled: Promise<Settled<Delta>>) => void;
}

type Applied<Delta> = Acknowledgement<{ change: Delta }>;

/**
 * A state of whoever the session speaks for, live until the session is closed. Operations show at once
 * and are rolled back when the server refuses them; those made offline are kept and sent later, in order,
 * exactly once, after a reload too. What the server has to answer stands in `docs/client.md`.
 *
 * @example
 * const cart = new SyncedState(session, { name: 'cart', withChange, withOperation });
 * cart.subscribe(() => render(cart.getSnapshot()));
 * await cart.apply({ operationId: operationId(), type: 'clear' });
 */
export class SyncedState<
  State extends Versioned,
  Op extends Operation,
  Delta extends Change,
> extends Observable<SyncedView<State>> {
  readonly #session: AnySession;
  readonly #options: SyncedStateOptions<State, Op, Delta>;
  readonly #queue: OperationQueue<Op, Delta>;
  readonly #kept: KeptOperations<Op>;
  readonly #unload = new UnloadGuard();
  readonly #schedule = new SyncSchedule(() => void this.#sync());
  #log: ChangeLog<State, Delta>;
  /** Whose state this is; empty until the first `session:ready`. */
  #owner = '';
  /** Whether the connection has had its first `session:ready`. */
  #isGreeted = false;

  constructor(session: AnySession, options: SyncedStateOptions<State, Op, Delta>) {
    super({ state: null, pending: 0 });
    this.#session = session;
    this.#options = options;
    this.#log = new ChangeLog(options.withChange);
    this.#kept = new KeptOperations(options.name);
    this.#queue = new OperationQueue(
      (operation) => session.ask(`${options.name}:apply`, operation) as Promise<Applied<Delta>>,
      (change) => {
        this.#keep();
        this.#take(change);
      },
    );
    this.#listen();
    this.#look();
    if (session.getSnapshot().status === 'live') this.#welcome();
  }

  /**
   * Shows an operation at once, and sends it. Resolves when it is settled, however long that takes: with
   * a refusal too, and at the latest when the session is closed.
   */
  apply(operation: Op): Promise<Settled<Delta>> {
    return this.#queue.add(operation);
  }

  #listen(): void {
    const { socket, subscribe } = this.#session;
    socket.on('connect', () => (this.#isGreeted = false));
    socket.on('session:ready', () => {
      this.#welcome();
    });
    socket.on(`${this.#options.name}:changed`, (change: Delta) => {
      this.#take(change);
    });
    // Where no question can be asked, the server sends the state as it is.
    socket.on(`${this.#options.name}:state`, (state: State) => {
      this.#log.askServer()(state);
      this.#take();
    });
    subscribe(() => {
      this.#look();
    });
  }

  #look(): void {
    if (this.#session.getSnapshot().status === 'closed') {
      this.#schedule.stop();
      this.#queue.stop();
      this.#kept.stop();
    } else if (!this.#owner) {
      // What an earlier page left shows before there is a connection.
      this.#follow();
    }
  }

  /** The first `session:ready` of a connection is for this tab alone, a later one for every client. */
  #welcome(): void {
    this.#follow();
    this.#schedule.start();
    this.#schedule.cancelRestart();
    if (this.#isGreeted) this.#schedule.restartSometime(() => void this.#begin());
    else void this.#begin();
    this.#isGreeted = true;
  }

  async #begin(): Promise<void> {
    await this.#sync();
    await this.#queue.flush();
  }

  /** Another principal has another state. Only a guest's operations go along, to the user it became. */
  #follow(): void {
    const { session } = this.#session.getSnapshot();
    const owner = session ? `${session.principal.kind}:${session.principal.id}` : '';
    if (owner === this.#owner) return;
    if (this.#owner.startsWith('user:')) {
      this.#queue.refuse({ code: 'SESSION_ENDED', message: 'The session has ended.' });
    }
    this.#owner = owner;
    this.#log = new ChangeLog(this.#options.withChange);
    this.#keep();
    this.#restore();
    this.#show();
  }

  /** What is nobody's yet is kept when it is known who this is. */
  #keep(): void {
    const { kept } = this.#queue;
    const { keep = true, preventUnload = false } = this.#options;
    const isKept = keep && this.#owner !== '' && this.#kept.keep(this.#owner, kept);
    this.#unload.isNeeded = preventUnload && kept.length > 0 && !isKept;
  }

  #restore(): void {
    if (this.#options.keep === false) return;
    this.#kept.find(
      (owner) => owner === this.#owner,
      (operations) => {
        const settled = this.#queue.restore(operations);
        operations.forEach(({ operation }, index) => {
          const whether = settled[index];
          if (whether) this.#options.onRestored?.(operation, whether);
        });
      },
    );
  }

  /** Asks for the state, unless this tab has it as it is. A failure is made good by the next try. */
  async #sync(): Promise<void> {
    if (this.#session.getSnapshot().status !== 'live') return;
    const log = this.#log;
    const take = log.askServer();
    const answer = await (log.state ? this.#askSync(log.state) : this.#askState());
    // Somebody else's state by now.
    if (answer === undefined || log !== this.#log) return;
    take(answer);
    this.#take();
  }

  async #askState(): Promise<State | undefined> {
    const { name } = this.#options;
    const answer = await this.#session.poll(`${name}:get`).catch(() => undefined);
    return answer?.ok ? (answer.data as State) : undefined;
  }

  /** The server's state; null if this tab has it, undefined if no answer came. */
  async #askSync({ version, revision }: Versioned): Promise<State | null | undefined> {
    const { name } = this.#options;
    const answer = await this.#session
      .poll(`${name}:sync`, { version, revision })
      .catch(() => undefined);
    if (!answer?.ok) return undefined;
    // The server's own word for it, as every answer's type is.
    const data = answer.data as Readonly<Record<string, unknown>>;
    return data['upToDate'] === true ? null : (data[name] as State | undefined);
  }

  #take(change?: Delta): void {
    if (change) this.#log.add(change);
    this.#show();
    this.#schedule.noteGap(this.#log.hasGap);
  }

  #show(): void {
    const { pending } = this.#queue;
    const { state: confirmed } = this.#log;
    const state = confirmed && pending.reduce(this.#options.withOperation, confirmed);
    this.change({ state, pending: pending.length });
  }
}
