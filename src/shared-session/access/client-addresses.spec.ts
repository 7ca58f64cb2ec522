import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import type { HttpAdapterHost } from '@nestjs/core';
import express from 'express';
import { ClientAddresses } from './client-addresses.js';

/** The address of a client whose connection comes from there, by Express' own setting. */
function addressOf(remoteAddress: string, forwarded: string | undefined, trust: unknown) {
  const app = express().set('trust proxy', trust);
  const host = { httpAdapter: { getInstance: () => app } } as unknown as HttpAdapterHost;
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return new ClientAddresses(host).of({
    headers,
    socket: { remoteAddress },
  } as unknown as IncomingMessage);
}

describe('the address of a client', () => {
  it.each<[string, string, string | undefined, unknown, string]>([
    ['nobody is trusted', '10.0.0.1', '1.2.3.4', false, '10.0.0.1'],
    ['nothing is forwarded', '10.0.0.1', undefined, true, '10.0.0.1'],
    ['one hop is trusted', '10.0.0.1', '6.6.6.6, 1.2.3.4', 1, '1.2.3.4'],
    ['two hops are trusted', '10.0.0.1', '6.6.6.6, 1.2.3.4, 10.0.0.2', 2, '1.2.3.4'],
    ['their addresses are', '10.0.0.1', '6.6.6.6, 1.2.3.4, 10.0.0.2', '10.0.0.0/8', '1.2.3.4'],
    ['all are trusted', '10.0.0.1', '6.6.6.6, 1.2.3.4', true, '6.6.6.6'],
    ['a port is forwarded', '10.0.0.1', '1.2.3.4:567', 1, '1.2.3.4'],
    ['what is forwarded is none', '10.0.0.1', 'unknown', 1, '10.0.0.1'],
  ])('is that of the nearest hop that is no trusted proxy: %s', (_, ...given) => {
    const [remote, forwarded, trust, address] = given;

    expect(addressOf(remote, forwarded, trust)).toBe(address);
  });
});
