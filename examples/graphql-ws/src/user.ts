export interface User {
  id: string;
  name: string;
}

declare module 'express-session' {
  interface SessionData {
    user?: User;
  }
}
