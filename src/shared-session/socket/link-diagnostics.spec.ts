import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { Socket } from 'socket.io';
import { Announcer } from '../diagnostics/announcer.js';
import { onDiagnostics } from '../diagnostics/channels.js';
import type { Session } from '../session/session.js';
import type { ClientAddresses } from '../access/client-addresses.js';
import { LinkDiagnostics } from './link-diagnostics.js';

describe('a socket whose session ended', () => {
  it('is told when its connection is closed, with how long that took', () => {
    let now = 1000;
    const told: (number | null)[] = [];
    const stop = onDiagnostics('link.closed', ({ revocationMs }) => told.push(revocationMs));
    const announcer = new Announcer('web', { now: () => now });
    const diagnostics = new LinkDiagnostics(announcer, {} as ClientAddresses);
    const conn = Object.assign(new EventEmitter(), { readyState: 'closing' });
    const socket = { nsp: { name: '/' }, conn } as unknown as Socket;
    const end = { reason: 'revoked', foundBy: 'signal', askedAt: 900 } as const;

    const session = { handle: 'handle', principal: { kind: 'user', id: 'ada' } } as Session;
    diagnostics.tellClosed(socket, { session, reason: 'server namespace disconnect', end });
    expect(told).toEqual([]);
    now = 1200;
    conn.emit('close');

    expect(told).toEqual([300]);
    stop();
  });
});
