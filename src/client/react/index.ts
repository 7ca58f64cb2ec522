'use client';

export { SessionProvider, type SessionProviderProps } from './session-provider.js';
export type { ProvidedSession } from './provided-session.js';
export { type Connection, useConnection } from './use-connection.js';
export { type Expiry, useExpiry } from './use-expiry.js';
export { useLive } from './use-live.js';
export { type CurrentSession, useSession } from './use-session.js';
export { type Followed, useSynced } from './use-synced.js';
