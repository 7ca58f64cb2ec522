import { setTimeout as pause } from 'node:timers/promises';
import type { Socket } from 'socket.io-client';
import type { Acknowledgement } from '../../../src/shared-session/index.js';
import type { Answer } from '../../support/visitor.js';

/** Nobody waits longer for an answer. */
const PATIENCE_MS = 8000;

/** What whoever asked was told. */
export interface Outcome {
  readonly kind: 'done' | 'refused' | 'unanswered';
  /** The status, or the error's code. */
  readonly detail: string;
}

/** Waits for the answer to a request. */
export function attempt(request: Promise<Answer>): Promise<Outcome> {
  return outcomeOf(async () => {
    const { status } = await inTime(request);
    return { kind: status < 300 ? 'done' : 'refused', detail: String(status) };
  });
}

/** Sends an event, and waits for its acknowledgement. */
export function attemptEvent(
  client: Socket,
  event: string,
  ...payload: unknown[]
): Promise<Outcome> {
  return outcomeOf(async () => {
    const sent = client.timeout(PATIENCE_MS).emitWithAck(event, ...payload);
    const answer = (await sent) as Acknowledgement;
    if (answer.ok) return { kind: 'done', detail: 'ok' };
    return { kind: 'refused', detail: answer.error.code };
  });
}

/** Waits for a socket that {@link opened} lets in or refuses. */
export function attemptToConnect(connecting: Promise<unknown>): Promise<Outcome> {
  return outcomeOf(async () => {
    try {
      await connecting;
      return { kind: 'done', detail: 'connected' };
    } catch (error) {
      if (error instanceof Error && 'data' in error)
        return { kind: 'refused', detail: String(error) };
      throw error;
    }
  });
}

/** Resolves when the server has let a socket in; throws when it refused it or went away. */
export function opened(client: Socket): Promise<void> {
  const settled = new Promise<void>((resolve, reject) => {
    client.once('session:ready', () => {
      resolve();
    });
    client.once('connect_error', reject);
    client.once('disconnect', (reason) => {
      reject(new Error(reason));
    });
    client.io.once('close', (reason) => {
      // A refusal closes the connection first, and says so right after.
      setImmediate(reject, new Error(reason));
    });
  });
  return inTime(settled);
}

async function outcomeOf(work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    return { kind: 'unanswered', detail: String(error) };
  }
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  const late = pause(PATIENCE_MS, undefined, { ref: false }).then(() => {
    throw new Error(`no answer within ${String(PATIENCE_MS)} ms`);
  });
  return Promise.race([work, late]);
}
