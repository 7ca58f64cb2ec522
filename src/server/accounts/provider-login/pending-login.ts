/** What a session remembers of a login at the identity provider that is under way: the last one that was begun. */
export interface PendingLogin {
  /** Comes back with the browser: who did not begin a login here cannot be signed in by somebody else's. */
  readonly state: string;
  /** Comes back in the ID token: one of another login is of no use. */
  readonly nonce: string;
  /** Redeems the code: who has seen that alone cannot. */
  readonly verifier: string;
}

declare module 'express-session' {
  interface SessionData {
    pendingLogin?: PendingLogin;
  }
}
