import { Injectable, UnauthorizedException } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-local';
import type { User } from './user';

@Injectable()
export class LocalStrategy extends PassportStrategy(Strategy) {
  /** Compare with the hash of a password here. */
  validate(username: string, password: string): User {
    if (username !== 'ada' || password !== 'correct horse battery') {
      throw new UnauthorizedException();
    }
    return { id: '42', name: 'Ada' };
  }
}
