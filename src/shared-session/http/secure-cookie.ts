import { Logger } from '@nestjs/common';
import { seldom } from '../seldom.js';
import { CodedError } from '../shared-session.errors.js';

/** The cause holds for every request alike, so it is told now and then, not each time. */
const QUIET_MS = 60_000;

/**
 * Makes the errors for sessions that cannot start, since their Secure cookie would not be sent: the
 * request came over plain HTTP, as far as Express knows. Logs the cause and the cure, at most once a minute.
 */
export function createSecureCookieRefusal(): () => CodedError {
  const logger = new Logger('Session cookie');
  const logCause = seldom(QUIET_MS, () => {
    logger.error(
      'Refused to start a session: its cookie is Secure, and the request is not seen as HTTPS. Behind a ' +
        "proxy that ends TLS, set Express's `trust proxy` and let the proxy send X-Forwarded-Proto: https; " +
        'without TLS, use a cookie that is not Secure.',
    );
  });
  return function refuseInsecureRequest() {
    logCause();
    return new CodedError('INTERNAL', 'The server is not set up for HTTPS. It has been logged.');
  };
}
