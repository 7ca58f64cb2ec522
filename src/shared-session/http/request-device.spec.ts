import { describe, expect, it } from '@jest/globals';
import type { Request } from 'express';
import { deviceOf } from './request-device.js';

const socket = { remoteAddress: '127.0.0.1' } as Request['socket'];

describe('the device of a request', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7:4711', '203.0.113.7'],
    ['2001:db8::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[fe80::1%eth0]:443', 'fe80::1'],
  ])('has the address of %s, without port and zone', (ip, address) => {
    expect(deviceOf({ ip, headers: {}, socket }).ip).toBe(address);
  });

  it.each(['', 'unknown', '<b>', '1.2.3', '203.0.113.7 and more', 'x'.repeat(4000)])(
    'has the address of the connection where a proxy forwards "%s"',
    (ip) => {
      expect(deviceOf({ ip, headers: {}, socket }).ip).toBe('127.0.0.1');
    },
  );

  it('has no more than 256 characters of the browser’s name', () => {
    const headers = { 'user-agent': 'x'.repeat(4000) };

    expect(deviceOf({ ip: '', headers, socket }).userAgent).toHaveLength(256);
  });
});
