import 'reflect-metadata';
import { describe, expect, it, jest } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'socket.io';
import { UpgradeRequest } from './engine/upgrade-request.js';
import { Handshake } from './handshake.js';

type Parts = ConstructorParameters<typeof Handshake>;

describe('a handshake on a connection whose session has ended', () => {
  it('is refused, and does not run the session middleware on what is left of the request', async () => {
    const middleware = jest.fn();
    // Only what is asked before the session is known.
    const stored = { local: { emit: () => false } };
    const links = { of: () => undefined, unregister: () => undefined };
    const diagnostics = { tellRefused: () => undefined };
    const parts = [middleware, stored, {}, { isAllDeaf: false }, links, {}, {}, {}, diagnostics];
    const handshake = new Handshake(...(parts as unknown as Parts));
    const close = jest.fn();
    const conn = { close };
    const request = new UpgradeRequest({ headers: {} } as IncomingMessage, conn as never);

    const refusal = await new Promise<unknown>((resolve) => {
      handshake.handle({ conn, request, nsp: {} } as unknown as Socket, resolve);
    });

    expect(refusal).toMatchObject({ data: { code: 'UNAUTHENTICATED' } });
    expect(middleware).not.toHaveBeenCalled();
  });
});
