import type { SessionUser } from '../shared-session/index.js';

/** A user as the session holds it and clients see it. */
export interface User extends SessionUser {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly roles: readonly string[];
}

declare module 'express-session' {
  interface SessionData {
    user?: User;
  }
}
