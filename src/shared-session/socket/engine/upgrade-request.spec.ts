import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import type { Socket } from 'socket.io';
import { releaseUpgradeRequest, UpgradeRequest } from './upgrade-request.js';

const request = () =>
  ({ headers: { cookie: 'secret' }, method: 'GET', url: '/' }) as unknown as IncomingMessage;

// Only what is used of a socket.
const socketOf = (conn: object) => ({ conn }) as unknown as Socket;

describe('releaseUpgradeRequest', () => {
  it('puts a request without its cookie in its place', () => {
    const conn = { request: request() };

    releaseUpgradeRequest(socketOf(conn));

    expect(conn.request).toBeInstanceOf(UpgradeRequest);
  });

  it('leaves a request in its place that a connection does not let go of, without its cookie', () => {
    const kept = request();
    const conn = {
      get request() {
        return kept;
      },
    };

    releaseUpgradeRequest(socketOf(conn));

    expect(conn.request.headers).toEqual({});
  });
});
