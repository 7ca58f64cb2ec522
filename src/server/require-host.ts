import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { type HostCheck, WrongHostError } from './allowed-hosts.js';

/** A prober asks a node by whatever address it has. */
const BY_ANY_HOST = '/health/';

/** Refuses requests that ask for a host which is not this server's, but for those of its health. */
export function requireHost(isAllowed: HostCheck): RequestHandler {
  return function checkHost({ headers, path }: Request, _: Response, next: NextFunction) {
    const isFine = isAllowed(headers.host) || path.startsWith(BY_ANY_HOST);
    next(isFine ? undefined : new WrongHostError());
  };
}
