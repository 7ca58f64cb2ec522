import type { Untimed } from '../session/session-event.js';
import type { Announcer } from './announcer.js';
import { diagnosticsChannel } from './channels.js';

const started = diagnosticsChannel('session.started');
const changed = diagnosticsChannel('session.changed');
const ended = diagnosticsChannel('session.ended');
const refused = diagnosticsChannel('sign-in.refused');

/**
 * Publishes what an audit trail is told of a session. But for handshakes that were refused: who refuses them knows more,
 * and publishes it.
 */
export function announceSession(announcer: Announcer, event: Untimed): void {
  switch (event.type) {
    case 'started':
      if (started.hasSubscribers) announcer.announce(started, sessionOf(event));
      return;
    case 'changed':
      if (changed.hasSubscribers) announcer.announce(changed, sessionOf(event));
      return;
    case 'ended':
    case 'replaced':
      if (ended.hasSubscribers) announcer.announce(ended, endOf(event));
      return;
    case 'refused':
      if (event.what === 'handshake' || !refused.hasSubscribers) return;
      announcer.announce(refused, { ...sessionOf(event), code: event.code });
  }
}

/** Not by spreading an event, which has a type of its own. */
function sessionOf<Handle, Owner>({
  handle,
  principal,
}: {
  handle: Handle;
  principal: Owner;
}): { handle: Handle; principal: Owner } {
  return { handle, principal };
}

function endOf(event: Extract<Untimed, { type: 'ended' | 'replaced' }>) {
  const isReplaced = event.type === 'replaced';
  return {
    ...sessionOf(event),
    reason: isReplaced ? ('replaced' as const) : event.reason,
    by: event.by,
    next: isReplaced ? event.next : null,
  };
}
