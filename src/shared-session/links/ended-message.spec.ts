import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { CLOSE_REASONS } from '../session/end-reason.js';
import { SessionEnded } from '../shared-session.contract.js';
import { endedMessage } from './ended-message.js';

describe('endedMessage', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it.each(CLOSE_REASONS)('is as the contract says for %s', (reason) => {
    expect(SessionEnded.parse(endedMessage(reason))).toMatchObject({ reason });
  });

  it.each(['signed-out', 'revoked', 'expired'] as const)('lets %s wait for a login', (reason) => {
    expect(endedMessage(reason)).toEqual({ reason, reconnect: 'after-login' });
  });

  it('has nobody wait for a login to an account that is suspended', () => {
    expect(endedMessage('suspended')).toEqual({ reason: 'suspended', reconnect: 'never' });
  });

  it('brings a replaced session back once the new cookie may be there', () => {
    expect(endedMessage('replaced')).toEqual({
      reason: 'replaced',
      reconnect: 'now',
      retryAfterMs: 250,
    });
  });

  it('brings whoever sent too much back when the budget of events may be full again', () => {
    expect(endedMessage('slow-down')).toEqual({
      reason: 'slow-down',
      reconnect: 'now',
      retryAfterMs: 5000,
    });
  });

  it('spreads the return of those whose node shuts down, each by a time of its own', () => {
    jest.spyOn(Math, 'random').mockReturnValueOnce(0.1).mockReturnValueOnce(0.9);

    const waits = [endedMessage('draining'), endedMessage('draining')];

    expect(waits).toEqual([
      { reason: 'draining', reconnect: 'now', retryAfterMs: 200 },
      { reason: 'draining', reconnect: 'now', retryAfterMs: 1800 },
    ]);
  });
});
