import { Injectable } from '@nestjs/common';
import { PassportSerializer } from '@nestjs/passport';
import type { User } from './user';

/** Keeps the whole user in the session. */
@Injectable()
export class SessionSerializer extends PassportSerializer {
  serializeUser(user: User, done: (error: null, kept: User) => void) {
    done(null, user);
  }

  deserializeUser(kept: User, done: (error: null, user: User) => void) {
    done(null, kept);
  }
}
