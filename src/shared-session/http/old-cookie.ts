import { Logger } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';

/** What express-session calls its cookie if nobody says otherwise. */
const DEFAULT_NAME = 'connect.sid';

/**
 * Makes what tells the log, once, of requests whose cookie has express-session's default name, and none the name that
 * is looked for: an application that kept its sessions but not its cookie's name has signed everybody out.
 *
 * @param name of the session cookie
 */
export function createOldCookieHint(name: string): (request: IncomingMessage) => void {
  let isDue = name !== DEFAULT_NAME;
  return function hintAtOldCookie({ headers: { cookie } }) {
    if (!isDue || !cookie?.includes(DEFAULT_NAME)) return;
    if (!has(cookie, DEFAULT_NAME) || has(cookie, name)) return;
    isDue = false;
    new Logger('SharedSession').warn(
      `Cookies come by the name "${DEFAULT_NAME}", and none by "${name}": their sessions are not found. ` +
        `Set \`cookie.name: '${DEFAULT_NAME}'\` if they are this application's.`,
    );
  };
}

function has(cookies: string, name: string): boolean {
  return cookies.split(/; */).some((each) => each.startsWith(`${name}=`));
}
