import { PassThrough } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { isAllowedOrigin, requireAllowedOrigin } from './allowed-origin.js';

const ALLOWED = new Set(['https://shop.example']);
/** The proxy in front of the server. */
const PROXY = '10.0.0.1';

interface Upgrade {
  readonly origin: string;
  readonly host?: string;
  /** What `X-Forwarded-Proto` says. */
  readonly proto?: string;
  readonly encrypted?: boolean;
  readonly from?: string;
}

function isAllowed({ origin, host = 'own.example', proto, encrypted = false, from }: Upgrade) {
  const headers = { origin, host, ...(proto !== undefined && { 'x-forwarded-proto': proto }) };
  const socket = { remoteAddress: from ?? '192.0.2.1', encrypted };
  return isAllowedOrigin({ headers, socket }, ALLOWED, (address) => address === PROXY);
}

describe('the origin of a socket', () => {
  it.each<[string, Upgrade]>([
    ['one with another scheme', { origin: 'foo://own.example' }],
    ['one with a path', { origin: 'https://own.example/' }],
    ['one with a user', { origin: 'https://ada@own.example' }],
    ['one with a dot at its end', { origin: 'https://own.example.' }],
    ['one with another port', { origin: 'https://own.example:8443' }],
    ['one with a port that goes without saying', { origin: 'https://own.example:443' }],
    ['one that is none', { origin: 'own.example' }],
    ['an allowed one with a path', { origin: 'https://shop.example/' }],
    ['an allowed one with another scheme', { origin: 'http://shop.example' }],
  ])('is refused: %s', (_, upgrade) => {
    expect(isAllowed(upgrade)).toBe(false);
  });

  it.each<[string, Upgrade]>([
    ['the connection is encrypted', { origin: 'http://own.example', encrypted: true }],
    ['its proxy says https', { origin: 'http://own.example', from: PROXY, proto: 'https' }],
    ['its proxy says wss', { origin: 'http://own.example', from: PROXY, proto: 'wss, http' }],
    ['its proxy says http', { origin: 'https://own.example', from: PROXY, proto: 'http' }],
  ])('is refused by its scheme where %s', (_, upgrade) => {
    expect(isAllowed(upgrade)).toBe(false);
  });

  it.each<[string, Upgrade]>([
    ['an allowed one', { origin: 'https://shop.example' }],
    ['its own, encrypted', { origin: 'https://own.example', encrypted: true }],
    ['its own with a port', { origin: 'http://own.example:3000', host: 'Own.Example:3000' }],
    [
      'its own, whose port a host names that need not',
      { origin: 'https://own.example', host: 'own.example:443' },
    ],
    [
      'its own at a proxy that is trusted',
      { origin: 'https://own.example', from: PROXY, proto: 'https' },
    ],
    ['its own at one that nobody told us of', { origin: 'https://own.example', proto: 'http' }],
    ['its own at one that says nothing', { origin: 'https://own.example', from: PROXY }],
  ])('is let in: %s', (_, upgrade) => {
    expect(isAllowed(upgrade)).toBe(true);
  });
});

describe('the log of refused origins', () => {
  let lines: string[];
  let now: number;
  let check: ReturnType<typeof requireAllowedOrigin>;

  beforeEach(() => {
    lines = [];
    now = 5000;
    jest.spyOn(Logger.prototype, 'warn').mockImplementation((line: string) => lines.push(line));
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    check = requireAllowedOrigin({ allowedOrigins: ALLOWED, trustsProxy: () => false });
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  const refuse = (origin: string): void => {
    const socket = Object.assign(new PassThrough(), { destroySoon: () => undefined });
    const request = { headers: { origin }, socket } as unknown as IncomingMessage;
    check(request, null, () => {
      throw new Error('It was let in.');
    });
  };

  it('has no more than 200 characters of each', () => {
    refuse(`https://${'x'.repeat(15_000)}`);

    expect(lines).toHaveLength(1);
    expect(lines[0]?.length).toBeLessThan(300);
  });

  it('has one line a minute, which says how many were left out', () => {
    for (let count = 0; count < 100; count += 1) refuse('https://evil.example');
    now += 60_000;
    refuse('https://evil.example');

    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain('99 more were refused');
  });
});
