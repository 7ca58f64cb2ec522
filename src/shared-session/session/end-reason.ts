/** Why a session ended. */
export const END_REASONS = ['signed-out', 'replaced', 'revoked', 'expired'] as const;
export type EndReason = (typeof END_REASONS)[number];

/** Why a session's sockets are closed: it ended, or their node shuts down and the session lives on. */
export const CLOSE_REASONS = [...END_REASONS, 'draining'] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number];
