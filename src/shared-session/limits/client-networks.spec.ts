import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import type { HttpAdapterHost } from '@nestjs/core';
import express from 'express';
import { ClientAddresses } from '../access/client-addresses.js';
import { ClientNetworks, networkOf } from './client-networks.js';

/** Where Express finds a client to be that is connected from there, and sends this along. */
function addressOf(trustProxy: unknown, remoteAddress: string, forwardedFor?: string): string {
  const app = express().set('trust proxy', trustProxy);
  const host = { httpAdapter: { getInstance: () => app } } as unknown as HttpAdapterHost;
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor };
  const request = { headers, socket: { remoteAddress } } as unknown as IncomingMessage;
  return new ClientNetworks(new ClientAddresses(host)).of(request);
}

describe('a client’s address', () => {
  it('is that of its connection, whatever it claims, where no proxy is trusted', () => {
    expect(addressOf(false, '192.0.2.1', '203.0.113.9')).toBe('192.0.2.1');
  });

  it('is what the trusted proxy says, and not what the client told that', () => {
    expect(addressOf(1, '10.0.0.1', '203.0.113.9, 198.51.100.7')).toBe('198.51.100.7');
  });

  it('has no port', () => {
    expect(addressOf(1, '10.0.0.1', '198.51.100.7:4711')).toBe('198.51.100.7');
  });

  it('is that of the proxy where what that forwards is none', () => {
    expect(addressOf(1, '10.0.0.1', 'nobody')).toBe('10.0.0.1');
  });
});

describe('networkOf', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1:2:3::', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1:2:3:4', 'fe80:0:0:0::/64'],
  ])('takes %s for one of %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
