import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { DiagnosticsName, SharedSessionDiagnostics } from './messages.js';

/** A channel of `node:diagnostics_channel`, with the type of its messages. */
export interface DiagnosticsChannel<Name extends DiagnosticsName> {
  readonly name: `nestjs-shared-session:${Name}`;
  /** Whether anybody listens: no message is made otherwise. */
  readonly hasSubscribers: boolean;
  publish(message: SharedSessionDiagnostics[Name]): void;
}

/** The channel `nestjs-shared-session:<name>`. {@link onDiagnostics} listens to it. */
export function diagnosticsChannel<Name extends DiagnosticsName>(
  name: Name,
): DiagnosticsChannel<Name> {
  // Node knows no types of messages.
  return channel(`nestjs-shared-session:${name}`) as unknown as DiagnosticsChannel<Name>;
}

/**
 * Calls `listener` for what happens, on each node of this process and at once: in the middle of what happens, which waits
 * for it. What it throws is an uncaught exception, as on every channel of Node's, so it must not throw.
 *
 * @returns a function that stops it
 *
 * @example
 * onDiagnostics('session.ended', ({ handle, reason, by }) => log.info({ handle, reason, by }));
 *
 * @see https://nodejs.org/api/diagnostics_channel.html#channelpublishmessage
 */
export function onDiagnostics<Name extends DiagnosticsName>(
  name: Name,
  listener: (message: SharedSessionDiagnostics[Name]) => void,
): () => void {
  const channelName = diagnosticsChannel(name).name;
  const hear = (message: unknown): void => {
    listener(message as SharedSessionDiagnostics[Name]);
  };
  subscribe(channelName, hear);
  return () => {
    unsubscribe(channelName, hear);
  };
}
