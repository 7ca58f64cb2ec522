import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Request } from 'express';
import { readSessionUser, type ReadUser } from '../session/session-data.js';
import { sessionHandle } from '../session/session-handle.js';
import type { Session } from '../session/session.js';
import { createSessionReader } from './request-session.js';

interface Data {
  user?: { id: string; roles?: string[] };
  sharedSession?: object;
}

const limits = { idleMs: 1000, absoluteMs: 10_000 };
const following = {
  clock: { now: () => Date.now() },
  signalOf: () => new AbortController().signal,
};

describe('the session of a request', () => {
  let request: { session?: Data; sessionID: string };
  let read: () => Session | null;

  beforeEach(() => {
    request = { session: { user: { id: 'ada' } }, sessionID: 'one' };
    const options = { limits, user: readSessionUser };
    read = createSessionReader(request as unknown as Request, options, following);
  });

  it('is made once, however many ask', () => {
    expect(read()).not.toBeNull();
    expect(read()).toBe(read());
  });

  it('is made once where the user is composed anew for each who asks', () => {
    const user: ReadUser = ({ user }) => user && { id: user.id, roles: user.roles };
    const options = { limits, user };
    const composed = createSessionReader(request as unknown as Request, options, following);
    const before = composed();

    expect(before?.user).toEqual({ id: 'ada' });
    expect(composed()).toBe(before);

    request.session = { user: { id: 'ada', roles: ['admin'] } };
    expect(composed()?.user).toEqual({ id: 'ada', roles: ['admin'] });
  });

  it.each<[string, (data: Data) => void]>([
    ['another user', (data) => (data.user = { id: 'grace' })],
    ['the same user with other roles', (data) => (data.user = { id: 'ada', roles: ['admin'] })],
    ['a user whose id was changed in place', ({ user }) => user && (user.id = 'grace')],
    ['a carried guest', (data) => (data.sharedSession = { carriedGuest: 'g' })],
    [
      'a guest after its user',
      (data) => {
        delete data.user;
        data.sharedSession = { guest: { id: 'g' } };
      },
    ],
  ])('is made anew for %s', (_, change) => {
    const before = read();

    change(request.session ?? {});

    expect(read()).not.toBe(before);
    expect(read()).toMatchObject({ user: request.session?.user ?? null });
    expect(read()).toBe(read());
  });

  it('is made anew for another session of the same user, as after regenerate()', () => {
    const before = read();

    Object.assign(request, { session: { user: request.session?.user }, sessionID: 'two' });

    expect(read()?.handle).not.toBe(before?.handle);
    expect(read()?.handle).toBe(sessionHandle('two'));
  });

  it('is none after destroy(), and before it speaks for somebody', () => {
    read();

    delete request.session;
    expect(read()).toBeNull();

    request.session = {};
    expect(read()).toBeNull();

    request.session.sharedSession = { guest: { id: 'g' } };
    expect(read()?.principal).toEqual({ kind: 'guest', id: 'g' });
  });
});
