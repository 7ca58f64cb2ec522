import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { createOldCookieHint } from './old-cookie.js';

describe('cookies of another name', () => {
  let warn: jest.SpiedFunction<Logger['warn']>;
  const request = (cookie?: string) => ({ headers: { cookie } }) as IncomingMessage;

  beforeEach(() => {
    warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
  });

  afterEach(() => {
    warn.mockRestore();
  });

  it('are told of once, with the cure', () => {
    const hint = createOldCookieHint('sid');

    hint(request('theme=dark; connect.sid=s%3Aabc.def'));
    hint(request('connect.sid=s%3Aabc.def'));

    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("cookie.name: 'connect.sid'"));
    expect(warn).not.toHaveBeenCalledWith(expect.stringContaining('abc'));
  });

  it.each([
    ['no cookie', 'sid', undefined],
    ['another cookie', 'sid', 'theme=dark'],
    ['both', '__Host-sid', '__Host-sid=s%3A1.2; connect.sid=s%3Aabc.def'],
    ['the name that is looked for', 'connect.sid', 'connect.sid=s%3Aabc.def'],
  ])('are not told of where there is %s', (_, name, cookie) => {
    createOldCookieHint(name)(request(cookie));

    expect(warn).not.toHaveBeenCalled();
  });
});
