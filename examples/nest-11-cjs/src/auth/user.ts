/** What Passport keeps of a user in the session. */
export interface User {
  id: string;
  name: string;
}

declare module 'express-session' {
  interface SessionData {
    passport?: { user?: User };
  }
}
