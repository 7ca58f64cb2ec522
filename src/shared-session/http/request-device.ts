import type { Request } from 'express';
import { addressIn } from '../access/address-in.js';
import type { SessionDevice } from '../session/session-data.js';

const MAX_USER_AGENT = 256;

/** From where a request comes, for the user's list of devices: as much as may be kept of what its client claims. */
export function deviceOf(request: Pick<Request, 'ip' | 'headers' | 'socket'>): SessionDevice {
  return {
    ip: addressIn(request.ip ?? '') ?? request.socket.remoteAddress ?? '',
    userAgent: (request.headers['user-agent'] ?? '').slice(0, MAX_USER_AGENT),
  };
}
