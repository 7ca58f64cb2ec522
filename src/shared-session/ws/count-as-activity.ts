import type { INestApplicationContext } from '@nestjs/common';
import { SessionActivity } from '../links/session-activity.js';
import { linkOf } from './client-links.js';

/**
 * Notes that a client did something that its user wanted, so that the session does not end by its idle timeout. For servers of an
 * application's own: what gateways handle counts by itself. Not for what a client's program sends by itself, such as pings.
 *
 * @param client a `WebSocket` of `SessionWebSocketServer`
 */
export function countAsActivity(app: INestApplicationContext, client: object): void {
  const link = linkOf(client);
  if (link && !link.ended) app.get(SessionActivity, { strict: false }).note(link);
}
