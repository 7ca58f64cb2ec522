import type { Socket } from 'socket.io-client';
import type {
  Acknowledgement,
  SessionDescription,
  SessionEnded,
  SessionExpiring,
  SessionExpiry,
} from '../shared-session/shared-session.contract.js';
import type { SessionState } from './session-state.js';

/** An event: what it brings, and what the server answers, if it is one that the server is sent. */
export interface SessionEvent {
  readonly payload?: unknown;
  readonly answer?: unknown;
}

/**
 * An application's events by their names. Those with an `answer` are sent to the server, the others come from it.
 *
 * @example
 * interface ShopEvents {
 *   'cart:apply': { payload: CartOperation; answer: CartResult };
 *   'cart:changed': { payload: CartChange };
 * }
 */
export type EventsOf<Events> = { readonly [Name in keyof Events]: SessionEvent };

/** Where an application does not say what its events are: any, of which nothing is known. */
export type AnyEvents = Readonly<Record<string, SessionEvent>>;

/** The events that every session has. */
export interface OwnEvents {
  readonly 'session:get': { readonly answer: SessionDescription };
  readonly 'session:extend': { readonly answer: SessionExpiry };
  readonly 'session:ready': { readonly payload: SessionDescription };
  readonly 'session:changed': { readonly payload: SessionDescription };
  readonly 'session:expiring': { readonly payload: SessionExpiring };
  readonly 'session:extended': { readonly payload: SessionExpiry };
  readonly 'session:ended': { readonly payload: SessionEnded };
}

type All<Events> = string extends keyof Events ? Events : Events & OwnEvents;

/** The names of what may be asked. */
export type Asked<Events> = string extends keyof Events
  ? string
  : {
      [Name in keyof All<Events>]: All<Events>[Name] extends { readonly answer: unknown }
        ? Name
        : never;
    }[keyof All<Events>] &
      string;

/** The names of what the server tells. */
export type Told<Events> = string extends keyof Events
  ? string
  : Exclude<keyof All<Events> & string, Asked<Events>>;

/** What goes with a question, after its name. */
export type PayloadOf<Events, Name> = string extends keyof Events
  ? unknown[]
  : Name extends keyof All<Events>
    ? All<Events>[Name] extends { readonly payload: infer Payload }
      ? [payload: Payload]
      : []
    : never;

/** What a question is answered with. */
export type AnswerOf<Events, Name> = string extends keyof Events
  ? unknown
  : Name extends keyof All<Events>
    ? All<Events>[Name] extends { readonly answer: infer Answer }
      ? Answer
      : never
    : never;

/** Hears what the server tells. Where nothing is known of the events, it says itself what it expects. */
export type Listener<Events, Name> = string extends keyof Events
  ? (payload: never) => void
  : (...payload: PayloadOf<Events, Name>) => void;

/** A session whatever its events and its users are: what a state in step needs of it. */
export interface AnySession {
  readonly socket: Socket;
  readonly subscribe: (listener: () => void) => () => void;
  readonly getSnapshot: () => SessionState<unknown>;
  ask(event: string, ...payload: unknown[]): Promise<Acknowledgement>;
  poll(event: string, ...payload: unknown[]): Promise<Acknowledgement>;
}
