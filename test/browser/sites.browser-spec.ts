import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Module, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { startEmbeddedValkey } from '../../src/redis-server/embedded-valkey.js';
import { startNodes } from '../../src/testing/index.js';
import { stopAfterwards } from '../support/cleanup.js';
import { sharedSession } from '../support/shared-session.js';
import { openBrowser } from './browser.js';

const CLIENT = readFileSync('node_modules/socket.io-client/dist/socket.io.min.js', 'utf8');
/** Signs in, and tells as whom a socket is let in, or why not. */
const SIGN_IN_AND_CONNECT = `async (api) => {
  await fetch(api + '/login', { method: 'POST', credentials: 'include' });
  const socket = io(api, { transports: ['websocket'], reconnection: false });
  return new Promise((resolve) => {
    socket.on('session:ready', ({ principal }) => resolve(principal.id));
    socket.on('connect_error', ({ data, message }) => resolve(data?.code ?? message));
  });
}`;

@Controller()
class LoginController {
  @Post('login')
  login(@Req() request: Request): void {
    Object.assign(request.session, { user: { id: 'ada' } });
  }
}

describe('a page whose server has another name', () => {
  let origins: string[];
  let api: string;

  beforeAll(async () => {
    origins = await servePages();
    const valkey = await startEmbeddedValkey();
    stopAfterwards(() => valkey.stop());
    const started = await startNodes(
      (redisUrl) => {
        const imports = [sharedSession(redisUrl, { allowedOrigins: origins })];
        @Module({ imports, controllers: [LoginController] })
        class ApiModule {}
        return ApiModule;
      },
      1,
      {
        redisUrl: valkey.url,
        configure: (app) => app.enableCors({ origin: origins, credentials: true }),
      },
    );
    stopAfterwards(started.stop);
    api = `http://api.shop.example:${new URL(started.nodes[0].url).port}`;
  });

  it.each([
    ['has the session, on the same site', 0, 'ada'],
    ['has none, on another site, though its origin is allowed', 1, 'UNAUTHENTICATED'],
  ])('%s', async (_, index, outcome) => {
    const browser = await openBrowser();
    const page = await browser.newPage();
    await page.goto(origins[index] ?? '');

    const found = await page.evaluate(`(${SIGN_IN_AND_CONNECT})('${api}')`);

    expect(found).toBe(outcome);
    await browser.close();
  });
});

/** Serves pages at two sites, of which neither is the server's own origin. Gives their origins. */
async function servePages(): Promise<string[]> {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(`<!doctype html><script>${CLIENT}</script>`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stopAfterwards(() => server.close());
  const { port } = server.address() as AddressInfo;
  return ['app.shop.example', 'app.other.example'].map((host) => `http://${host}:${String(port)}`);
}
