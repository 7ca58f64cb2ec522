import { Logger } from '@nestjs/common';
import { seldom } from '../seldom.js';
import type { ReadUser } from '../session/session-data.js';

const PAUSE_MS = 60_000;

/**
 * Reads users as it is given, and warns, once a minute, where a session speaks for nobody: a worker whose `user` is not
 * that of the nodes finds no sessions of a user, and so ends none, without an error.
 */
export function warningOfNobody(readUser: ReadUser): ReadUser {
  const logger = new Logger('SharedSessionModule.forWorker');
  const warn = seldom(PAUSE_MS, () => {
    logger.warn(
      'A session speaks for nobody here, so it is nobody’s to end or change. Is the option `user` that of the nodes?',
    );
  });
  return (session) => {
    const user = readUser(session);
    if (!user && !session.sharedSession?.guest) warn();
    return user;
  };
}
