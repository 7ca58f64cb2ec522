import 'reflect-metadata';
import { stat } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Passwords } from './passwords.js';

describe('Passwords', () => {
  it('are checked two at a time, so that files and hosts do not wait for them', async () => {
    const passwords = new Passwords();
    let done = 0;
    const hashes = Array.from({ length: 12 }, async () => {
      await passwords.hash('correct horse battery');
      done += 1;
    });

    // They have begun by then.
    await setImmediate();
    await stat('.');

    // With all threads taken, it would be after most of them.
    expect(done).toBeLessThan(6);
    await Promise.all(hashes);
  });

  it('are checked later, if 50 wait', async () => {
    const passwords = new Passwords();
    const checks = Array.from({ length: 60 }, () => passwords.verify(undefined, 'password'));

    const outcomes = await Promise.allSettled(checks);

    const failures = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
    );
    expect(failures).toHaveLength(60 - 50 - 2);
    for (const failure of failures) expect(failure).toMatchObject({ code: 'UNAVAILABLE' });
  });
});
