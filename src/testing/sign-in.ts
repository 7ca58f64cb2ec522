import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { promisify } from 'node:util';
import type { INestApplication } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { SessionData } from 'express-session';
import { SharedSessionConfigError } from '../shared-session/index.js';
import type { ReadUser } from '../shared-session/index.js';
import { partsOf } from './node-parts.js';

type Handler = (request: Request, response: Response, next: (error: unknown) => void) => void;

/** Writes into a new session what an application's login does. */
export type Establish = (session: SessionData) => void;

/**
 * Signs somebody in as `Sessions.signIn()` does, in a request that no route has seen: the session that `cookie` has, if
 * any, ends as `replaced`.
 *
 * @param cookie header of the request
 * @returns the answer's Set-Cookie headers
 * @throws SharedSessionConfigError when the application finds no user in the session
 */
export async function signIn(
  app: INestApplication,
  cookie: string,
  establish: Establish,
): Promise<readonly string[]> {
  const { middleware, sessions, options } = partsOf(app);
  // Secure cookies are set too.
  const connection = Object.assign(new Socket(), { encrypted: true });
  const message = Object.assign(new IncomingMessage(connection), { url: options.cookie.path });
  const request = Object.assign(message, {
    secure: true,
    headers: { cookie },
  }) as unknown as Request;
  const response = new ServerResponse(request) as Response;
  await promisify(middleware as Handler)(request, response);
  await sessions.signIn(request, (session) => {
    establish(session);
    checkUser(options.user, session);
  });
  // express-session sets the cookie in that moment. Nobody waits for the rest of the answer.
  response.writeHead(200);
  return [response.getHeader('set-cookie') ?? []].flat().map(String);
}

function checkUser(readUser: ReadUser, session: SessionData): void {
  if (readUser(session)) return;
  throw new SharedSessionConfigError(
    'The application finds no user in the session: its option `user` looks elsewhere than `session.user`.',
    [
      'Write what the login of the application writes: `loginAs((session) => { session.passport = { user: "42" }; })`.',
    ],
  );
}
