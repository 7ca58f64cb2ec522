import { io, type Socket } from 'socket.io-client';
import type {
  Acknowledgement,
  SessionDescription,
  SessionEnded,
  SessionExpiring,
  SessionExpiry,
} from '../shared-session/shared-session.contract.js';
import { backoff } from './backoff.js';
import type { ConnectOptions, EventsOptions } from './connect-options.js';
import { LateAnswers } from './late-answers.js';
import { readEvents } from './event-stream.js';
import { type Effect, INITIAL_MACHINE, type MachineEvent, step } from './live-session.machine.js';
import { Observable } from './observable.js';
import type {
  AnswerOf,
  AnyEvents,
  Asked,
  EventsOf,
  Listener,
  PayloadOf,
  Told,
} from './session-events.js';
import type { AnyUser, SessionState } from './session-state.js';
import { onWakeUp } from './wake-up.js';

/** Never connected to. */
const NOWHERE = 'http://nowhere.invalid';
const ANSWER_TIMEOUT_MS = 5000;
/** An answer within this time shows that a connection survived the machine's sleep. */
const ALIVE_TIMEOUT_MS = 3000;

/**
 * Connects to the server with the visitor's session and follows it from then on: reconnects when the
 * network or a node fails, becomes the user when somebody signs in in another tab, and stops when
 * the session is over.
 *
 * `Events` says what the application's events are, and `User` what its users are. Nothing checks that the server keeps to it.
 *
 * @example
 * const session = connectSession<ShopEvents, ShopUser>();
 * session.subscribe(() => render(session.getSnapshot()));
 */
export function connectSession<Events extends EventsOf<Events> = AnyEvents, User = AnyUser>(
  options: ConnectOptions = {},
): LiveSession<Events, User> {
  return new LiveSession(options);
}

/** The session of this tab, kept in step with the server. Made by {@link connectSession}. */
export class LiveSession<
  Events extends EventsOf<Events> = AnyEvents,
  User = AnyUser,
> extends Observable<SessionState<User>> {
  /** The connection, for an application's own events. It lives as long as this object. */
  readonly socket: Socket;
  readonly #url: string;
  readonly #fetch: typeof globalThis.fetch;
  /** Where there is no page, nothing wakes it. */
  readonly #wakeUp: ReturnType<typeof onWakeUp> | undefined;
  readonly #answers = new LateAnswers((isLate) => {
    this.#dispatch({ type: 'kept-waiting', isLate });
  });
  readonly #events: EventsOptions | undefined;
  #machine = INITIAL_MACHINE;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The stream of events, from the first try to open it. */
  #stream: AbortController | undefined;
  /** Whose event the listeners of the socket are given at this moment. */
  #speaker: 'socket' | 'events' = 'socket';
  /** The latest `GET /session`, and what followed. */
  #asked: Promise<void> | undefined;

  constructor({ url = pageOrigin(), fetch, socket, events }: ConnectOptions) {
    super(INITIAL_MACHINE.snapshot as SessionState<User>);
    this.#url = url ?? NOWHERE;
    this.#events = events;
    this.#fetch = fetch ?? globalThis.fetch.bind(globalThis);
    this.socket = io(this.#url, {
      transports: ['websocket'],
      withCredentials: true,
      forceNew: true,
      timeout: ANSWER_TIMEOUT_MS,
      ...socket,
      // Socket.IO would come back without asking whose session it is by then.
      reconnection: false,
      autoConnect: false,
    });
    if (url === undefined) return;
    this.#listen();
    this.#wakeUp = onWakeUp((reason) => {
      this.#dispatch({ type: 'woken', reason });
    });
    this.#dispatch({ type: 'started' });
  }

  /**
   * Asks the server anew who this is, and connects as that; the browser's other tabs do the same.
   * Call it after signing in or out, or to go on as a guest when the session is over.
   */
  async refresh(): Promise<void> {
    if (this.getSnapshot().status === 'closed' || !this.#wakeUp) return;
    this.#wakeUp.announce();
    this.#dispatch({ type: 'refreshed' });
    await this.#asked;
  }

  /** Prolongs the session, as any activity does. Resolves to false when the server could not be asked. */
  async extend(): Promise<boolean> {
    const answer = await this.#ask('session:extend').catch(() => null);
    if (!answer?.ok || !this.getSnapshot().session) return false;
    this.#dispatch({ type: 'extended', expiry: answer.data as SessionExpiry });
    return true;
  }

  /** Disconnects for good. Operations that wait are refused. */
  close(): void {
    this.#dispatch({ type: 'closed' });
    this.#wakeUp?.stop();
  }

  /**
   * Sends an event for the user and resolves with the server's answer, which comes within 5 s. An event that
   * the server took prolongs the session.
   *
   * @throws Error when no answer came: the event may have been handled or not
   */
  async ask<Name extends Asked<Events>>(
    event: Name,
    ...payload: PayloadOf<Events, Name>
  ): Promise<Acknowledgement<AnswerOf<Events, Name>>> {
    const answer = await this.#ask(event, ...payload);
    return answer as Acknowledgement<AnswerOf<Events, Name>>;
  }

  /**
   * Like {@link ask}, for events that the server marks as `@Poll()`: they do not prolong the session. Not sent while the session
   * is live by a stream of events: a request would prolong it.
   *
   * @throws Error when no answer came
   */
  async poll<Name extends Asked<Events>>(
    event: Name,
    ...payload: PayloadOf<Events, Name>
  ): Promise<Acknowledgement<AnswerOf<Events, Name>>> {
    const answer = await this.#poll(event, ...payload);
    return answer as Acknowledgement<AnswerOf<Events, Name>>;
  }

  /**
   * Calls `listener` for each event of this name that the server sends.
   *
   * @returns ends that
   */
  on<Name extends Told<Events>>(event: Name, listener: Listener<Events, Name>): () => void {
    const name: string = event;
    const hear = listener as (...payload: unknown[]) => void;
    this.socket.on(name, hear);
    return () => this.socket.off(name, hear);
  }

  async #ask(event: string, ...payload: unknown[]): Promise<Acknowledgement> {
    const byRequest = this.getSnapshot().via === 'events' ? this.#events : undefined;
    const asked = byRequest && this.#answers.watch(byRequest.ask(event, ...payload));
    const answer = await (asked ?? this.#poll(event, ...payload));
    if (answer.ok) this.#dispatch({ type: 'active', now: Date.now() });
    return answer;
  }

  async #poll(event: string, ...payload: unknown[]): Promise<Acknowledgement> {
    if (this.getSnapshot().via !== 'socket') throw new Error('not connected');
    const asked = this.socket.timeout(ANSWER_TIMEOUT_MS).emitWithAck(event, ...payload);
    return this.#answers.watch(asked);
  }

  #listen(): void {
    this.socket.on('session:ready', (session: SessionDescription) => {
      this.#dispatch({ type: 'ready', session, via: this.#speaker });
    });
    this.socket.on('session:changed', (session: SessionDescription) => {
      this.#dispatch({ type: 'changed', session });
    });
    this.socket.on('session:expiring', ({ reason, inMs }: SessionExpiring) => {
      this.#dispatch({ type: 'expiring', reason, at: Date.now() + inMs });
    });
    this.socket.on('session:extended', (expiry: SessionExpiry) => {
      this.#dispatch({ type: 'extended', expiry });
    });
    this.socket.on('session:ended', (ended: SessionEnded) => {
      this.#dispatch({ type: 'ended', ended });
    });
    this.socket.on('disconnect', (reason) => {
      if (reason !== 'io client disconnect') this.#dispatch({ type: 'disconnected' });
    });
    this.socket.on('connect_error', (error: Error & { data?: { code?: string } }) => {
      this.#dispatch({ type: 'refused', code: error.data?.code });
    });
  }

  /** `live-session.machine.ts` decides what follows from an event. */
  #dispatch(event: MachineEvent): void {
    const { state, effects } = step(this.#machine, event);
    this.#machine = state;
    // The user is as the server says; that it is what the application declares, nothing checks.
    const snapshot = state.snapshot as SessionState<User>;
    if (snapshot !== this.getSnapshot()) this.replace(snapshot);
    for (const effect of effects) {
      // A listener may have refreshed or closed the session: what is left belongs to the way before.
      if (state.attempt !== this.#machine.attempt) return;
      this.#carryOut(effect);
    }
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'disconnect':
        this.#closeEvents();
        this.#dropSocket();
        break;
      case 'drop-socket':
        this.#dropSocket();
        break;
      case 'open-events':
        void this.#openEvents();
        break;
      case 'close-events':
        this.#closeEvents();
        break;
      case 'connect':
        this.socket.connect();
        break;
      case 'ask-who':
        this.#asked = this.#askWho();
        break;
      case 'check-alive':
        void this.#checkAlive();
        break;
      case 'wait':
        this.#wait(effect.ms, effect.fresh);
        break;
      case 'back-off':
        this.#wait(backoff(effect.failures), effect.fresh);
        break;
    }
  }

  #dropSocket(): void {
    clearTimeout(this.#timer);
    this.socket.disconnect();
  }

  #closeEvents(): void {
    this.#stream?.abort();
    this.#stream = undefined;
  }

  /** Whatever becomes of it is found at the latest when the socket was tried again in vain. */
  async #openEvents(): Promise<void> {
    if (!this.#events) return;
    const stream = (this.#stream = new AbortController());
    const status = await this.#follow(this.#events.path, stream).catch(() => undefined);
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    this.#dispatch({ type: 'events-lost' });
    if (status === 401) this.#dispatch({ type: 'refused', code: 'UNAUTHENTICATED' });
  }

  /** Passes on what the stream brings, until it ends; gives the status of the answer. */
  async #follow(path: string, { signal }: AbortController): Promise<number> {
    const address = new URL(path, this.#url);
    const { ok, status, body } = await this.#fetch(address, { credentials: 'include', signal });
    if (ok && body) {
      await readEvents(body, (event, data) => {
        if (!signal.aborted) this.#hear(event, data);
      });
    }
    return status;
  }

  /** As if the socket had brought it. */
  #hear(event: string, data: unknown): void {
    this.#speaker = 'events';
    try {
      for (const listener of [...this.socket.listeners(event)]) {
        (listener as (data: unknown) => void)(data);
      }
    } finally {
      this.#speaker = 'socket';
    }
  }

  async #askWho(): Promise<void> {
    const { attempt } = this.#machine;
    const session = await this.#fetchSession().catch(() => null);
    this.#dispatch({ type: 'answered', attempt, session, now: Date.now() });
  }

  async #fetchSession(): Promise<SessionDescription> {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const address = new URL('/session', this.#url);
    const response = await this.#fetch(address, { credentials: 'include', signal });
    if (!response.ok) throw new Error(`GET /session was answered ${String(response.status)}`);
    return (await response.json()) as SessionDescription;
  }

  async #checkAlive(): Promise<void> {
    const { attempt } = this.#machine;
    await this.socket
      .timeout(ALIVE_TIMEOUT_MS)
      .emitWithAck('session:get')
      .catch(() => this.#dispatch({ type: 'silent', attempt }));
  }

  #wait(ms: number, fresh: boolean): void {
    const { attempt } = this.#machine;
    this.#timer = setTimeout(() => {
      this.#dispatch({ type: 'waited', attempt, fresh });
    }, ms);
  }
}

/** Undefined where no page is. */
function pageOrigin(): string | undefined {
  return (globalThis as { location?: { origin: string } }).location?.origin;
}
