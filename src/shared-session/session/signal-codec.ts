/** Why a session's sockets are closed. */
export const END_REASONS = ['signed-out', 'replaced', 'revoked', 'expired', 'draining'] as const;
export type EndReason = (typeof END_REASONS)[number];

/** A message between nodes: a session ended, or its record changed. */
export type SessionSignal =
  | { readonly type: 'ended'; readonly handle: string; readonly reason: EndReason }
  | { readonly type: 'changed'; readonly handle: string };

export function encodeSignal(signal: SessionSignal): string {
  return JSON.stringify(signal);
}

/** Reads a signal; null where the message is none, since anybody with PUBLISH rights can send one. */
export function decodeSignal(message: string): SessionSignal | null {
  try {
    const signal = JSON.parse(message) as Partial<Record<'type' | 'handle' | 'reason', unknown>>;
    if (typeof signal.handle !== 'string') return null;
    if (signal.type === 'changed') return { type: 'changed', handle: signal.handle };
    const reason = END_REASONS.find((each) => each === signal.reason);
    return signal.type === 'ended' && reason
      ? { type: 'ended', handle: signal.handle, reason }
      : null;
  } catch {
    return null;
  }
}
