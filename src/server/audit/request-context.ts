import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import type { NextFunction, Request, Response } from 'express';
import { sessionHandle } from '../../shared-session/index.js';
import type { AuditEntry } from './audit-line.js';

interface Context {
  readonly requestId: string;
  readonly request: Request;
}

const contexts = new AsyncLocalStorage<Context>();

/** Gives each request an id, which its answer carries: `X-Request-Id`. One that a client sends is not believed. */
export function giveRequestId(request: Request, response: Response, next: NextFunction): void {
  const requestId = randomUUID();
  response.setHeader('X-Request-Id', requestId);
  contexts.run({ requestId, request }, next);
}

/** Who asks, from where, in whatever is done for a request; nothing outside of one. */
export function currentRequest(): Partial<AuditEntry> {
  const context = contexts.getStore();
  if (!context) return {};
  const { request, requestId } = context;
  return { requestId, address: addressOf(request), ...whoAsks(request) };
}

/** A proxy may forward anything. */
function addressOf({ ip = '', socket }: Request): string | null {
  const address = isIP(ip) > 0 ? ip : socket.remoteAddress;
  return address === undefined ? null : withoutZone(address);
}

function withoutZone(address: string): string {
  return address.replace(/%.*/s, '');
}

function whoAsks({ session, sessionID }: Request): Pick<AuditEntry, 'principal' | 'handle'> {
  // Middleware in front of the session's has none, and neither has a request that has signed out.
  const user = (session as Request['session'] | undefined)?.user;
  if (!user) return { principal: null, handle: null };
  return { principal: { kind: 'user', id: user.id }, handle: sessionHandle(sessionID) };
}
