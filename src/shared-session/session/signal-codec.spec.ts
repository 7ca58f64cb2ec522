import { describe, expect, it } from '@jest/globals';
import { END_REASONS } from './end-reason.js';
import { decodeSignal, encodeSignal, type SessionSignal } from './signal-codec.js';

const handle = 'Zm9vYmFyYmF6cXV4cXV1eA';
const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

describe('a signal', () => {
  it.each<SessionSignal>([
    { type: 'changed', handle },
    ...END_REASONS.map((reason) => ({ type: 'ended', handle, reason }) as const),
    { type: 'ended', handle, reason: 'revoked', askedAt: 1_800_000_000_000 },
    { type: 'ended', handle, reason: 'revoked', traceparent },
  ])('is read as it was sent: %j', (signal) => {
    expect(decodeSignal(encodeSignal(signal))).toEqual(signal);
  });

  it.each(['invented-later', 'draining', 'toString', 7, null, undefined])(
    'ends the session whatever reason it gives: %j',
    (reason) => {
      const message = JSON.stringify({ type: 'ended', handle, reason });

      expect(decodeSignal(message)).toEqual({ type: 'ended', handle, reason: 'revoked' });
    },
  );

  it('is read without a time and a trace that are none', () => {
    const none = { askedAt: 'soon', traceparent: `${traceparent}\n` };
    const message = JSON.stringify({ type: 'ended', handle, reason: 'revoked', ...none });

    expect(decodeSignal(message)).toEqual({ type: 'ended', handle, reason: 'revoked' });
  });

  it.each(['', '{', 'null', '7', '{}', `{"handle":"${handle}"}`, '{"type":"ended","handle":1}'])(
    'is none where the message is another: %j',
    (message) => {
      expect(decodeSignal(message)).toBeNull();
    },
  );
});
