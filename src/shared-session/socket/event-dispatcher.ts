import { Injectable } from '@nestjs/common';
import { isObservable, lastValueFrom } from 'rxjs';
import type { Socket } from 'socket.io';
import {
  CodedError,
  SessionEndedError,
  SessionStoreUnavailableError,
} from '../shared-session.errors.js';
import { SignalProbe } from '../signal-probe.js';
import type { Acknowledgement } from '../session.contract.js';
import { toErrorBody } from './acknowledgement.js';
import { SessionLinks } from './session-links.js';
import { SessionUpkeep } from './session-upkeep.js';

/** Handles one event's payload; made by Nest, guards and pipes included. */
type Handler = (payload: unknown) => unknown;
type Acknowledge = (answer: Acknowledgement) => void;

/** Brings every event to its handler, and every event's outcome back as one acknowledgement. */
@Injectable()
export class EventDispatcher {
  readonly #handlers = new WeakMap<Socket, Map<string, Handler>>();

  constructor(
    private readonly links: SessionLinks,
    private readonly upkeep: SessionUpkeep,
    private readonly probe: SignalProbe,
  ) {}

  /** Adds handlers for a socket's events; called once for each gateway of its namespace. */
  bind(socket: Socket, handlers: Iterable<readonly [event: string, handler: Handler]>): void {
    let bound = this.#handlers.get(socket);
    if (!bound) {
      bound = new Map();
      this.#handlers.set(socket, bound);
      socket.onAny((event: unknown, ...args: unknown[]) => {
        void this.#dispatch(socket, String(event), args);
      });
    }
    for (const [event, handler] of handlers) bound.set(event, handler);
  }

  async #dispatch(socket: Socket, event: string, args: unknown[]): Promise<void> {
    const acknowledge = takeAcknowledge(args);
    let answer: Acknowledgement;
    try {
      answer = { ok: true, data: await this.#handle(socket, event, args) };
    } catch (error) {
      answer = { ok: false, error: toErrorBody(error) };
    }
    // A sender that asked for no answer gets none; what went wrong has been logged.
    acknowledge?.(answer);
  }

  async #handle(socket: Socket, event: string, args: readonly unknown[]): Promise<unknown> {
    const link = this.links.of(socket);
    if (!link || link.ended) throw new SessionEndedError();
    if (!this.probe.isTrusted) throw new SessionStoreUnavailableError();
    this.upkeep.noteActivity(link);
    const handler = this.#handlers.get(socket)?.get(event);
    if (!handler) throw new CodedError('NOT_FOUND', 'There is no such event.');
    if (args.length > 1) throw new CodedError('INVALID_PAYLOAD', 'An event has one payload.');
    const result = await handler(args[0]);
    const data: unknown = isObservable(result)
      ? await lastValueFrom(result, { defaultValue: null })
      : result;
    return data ?? null;
  }
}

/** Takes the acknowledgement callback off an event's arguments; Socket.IO puts it last. */
function takeAcknowledge(args: unknown[]): Acknowledge | undefined {
  return typeof args.at(-1) === 'function' ? (args.pop() as Acknowledge) : undefined;
}
