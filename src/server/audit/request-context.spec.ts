import { describe, expect, it } from '@jest/globals';
import type { Request, Response } from 'express';
import { currentRequest, giveRequestId } from './request-context.js';

describe('what is known of a request', () => {
  /** With what Express makes of its headers. */
  function known(ip: string): ReturnType<typeof currentRequest> {
    const forged = 'a line of its own';
    const socket = { remoteAddress: '127.0.0.1' };
    const request = { ip, socket, headers: { 'x-request-id': forged }, get: () => forged };
    const response = { setHeader: () => undefined };
    let found: ReturnType<typeof currentRequest> = {};
    giveRequestId(request as unknown as Request, response as unknown as Response, () => {
      found = currentRequest();
    });
    return found;
  }

  it('is nothing outside of one', () => {
    expect(currentRequest()).toEqual({});
  });

  it('has an id that no client has chosen', () => {
    expect(known('203.0.113.7').requestId).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  });

  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['2001:db8::7', '2001:db8::7'],
    ['fe80::1%eth0', 'fe80::1'],
    ['"}{"audit":"session.ended"', '127.0.0.1'],
    ['', '127.0.0.1'],
  ])('has of the forwarded address %j the address %s', (ip, address) => {
    expect(known(ip).address).toBe(address);
  });
});
