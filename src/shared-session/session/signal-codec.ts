import { END_REASONS, type EndReason } from './end-reason.js';
import { asTraceparent } from './traceparent.js';

/** A message between nodes: a session ended, or its record changed. */
export type SessionSignal =
  | {
      readonly type: 'ended';
      readonly handle: string;
      readonly reason: EndReason;
      /** When the end was asked for, by Redis' clock, in ms since the epoch. Older nodes and other programs do not say it. */
      readonly askedAt?: number;
      /** The trace in which the session was ended, where there is one. */
      readonly traceparent?: string;
    }
  | { readonly type: 'changed'; readonly handle: string };

export function encodeSignal(signal: SessionSignal): string {
  return JSON.stringify(signal);
}

/**
 * Reads a signal; null if the message is none, since whoever may publish to Redis can send anything. An end
 * for a reason that only a newer node knows is an end all the same: `revoked`.
 */
export function decodeSignal(message: string): SessionSignal | null {
  try {
    const signal = JSON.parse(message) as Partial<
      Record<'type' | 'handle' | 'reason' | 'askedAt' | 'traceparent', unknown>
    >;
    const { type, handle, askedAt } = signal;
    if (typeof handle !== 'string') return null;
    if (type === 'changed') return { type, handle };
    if (type !== 'ended') return null;
    const reason = END_REASONS.find((each) => each === signal.reason) ?? 'revoked';
    const traceparent = asTraceparent(signal.traceparent);
    return {
      type,
      handle,
      reason,
      ...(typeof askedAt === 'number' && { askedAt }),
      ...(traceparent !== null && { traceparent }),
    };
  } catch {
    return null;
  }
}
