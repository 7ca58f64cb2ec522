import { describe, expect, it } from '@jest/globals';
import type { DiagnosticsName, SharedSessionDiagnostics } from '../../src/shared-session/index.js';
import { DOCUMENTED } from '../support/diagnostics.js';

type Fields = {
  readonly [Name in DiagnosticsName]: Readonly<
    Record<Exclude<keyof SharedSessionDiagnostics[Name], 'node' | 'at'>, true>
  >;
};

const WHOSE = { handle: true, principal: true } as const;
const SIGNAL = { signal: true, handle: true, reason: true } as const;

/** What the types say: the compiler refuses a field too many or too few. */
const FIELDS: Fields = {
  'link.opened': { ...WHOSE, namespace: true, address: true },
  'link.closed': { ...WHOSE, namespace: true, reason: true, foundBy: true, revocationMs: true },
  'handshake.refused': { ...WHOSE, code: true, namespace: true, address: true },
  'session.started': WHOSE,
  'session.changed': WHOSE,
  'session.ended': { ...WHOSE, reason: true, by: true, next: true },
  'sign-in.refused': { ...WHOSE, code: true },
  'signal.sent': SIGNAL,
  'signal.heard': { ...SIGNAL, delayMs: true },
  'probe.deaf': { silentMs: true },
  'probe.fresh': { silentMs: true },
  revalidated: { sessions: true, failed: true },
  'write.refused': { handle: true },
  'write.merged': { handle: true },
  'event.handled': {
    ...WHOSE,
    namespace: true,
    event: true,
    outcome: true,
    durationMs: true,
    address: true,
  },
  'limit.hit': { limit: true, principal: true, address: true, retryAfterMs: true },
  'script.ran': { script: true, outcome: true, durationMs: true },
  'connection.cut': { reason: true },
  'send-buffer.filling': { waitingBytes: true },
};

describe('docs/diagnostics.md', () => {
  it('has every channel, and no other', () => {
    expect([...DOCUMENTED.keys()].sort()).toEqual(Object.keys(FIELDS).sort());
  });

  it.each(Object.entries(FIELDS))('has the fields of %s', (name, fields) => {
    expect(DOCUMENTED.get(name)).toEqual(Object.keys(fields).sort());
  });
});
