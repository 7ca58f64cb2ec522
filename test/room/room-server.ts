import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { stopAfterwards } from '../support/cleanup.js';
import type { Room } from './room.js';
import { RoomKeys } from './room-keys.js';
import { TOOLS } from './room-tools.js';
import type { Scoreboard } from './scoreboard.js';

const PAGE = 'dist/room';
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
};
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'self'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};
/** A page that reads no more is better off with a new snapshot. */
const MOST_WAITING_BYTES = 1_000_000;

/** Serves the page, the stream of events and the tools; on loopback, to whoever has the token. */
export class RoomServer {
  readonly #keys = new RoomKeys();
  readonly #http: Server;

  private constructor(
    private readonly room: Room,
    private readonly scoreboard: Scoreboard,
    private readonly onRedeemed: (next: string) => void,
  ) {
    this.#http = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.writeHead(500).end());
    });
  }

  /** @param onRedeemed called with the next address, when one was used */
  static async start(
    room: Room,
    scoreboard: Scoreboard,
    onRedeemed: (next: string) => void = () => undefined,
  ): Promise<RoomServer> {
    const server = new RoomServer(room, scoreboard, onRedeemed);
    server.#http.listen(0, '127.0.0.1');
    await once(server.#http, 'listening');
    stopAfterwards(() => {
      server.#http.close();
      server.#http.closeAllConnections();
    });
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.#http.address() as AddressInfo).port)}`;
  }

  /** What opens the room, once. */
  get address(): string {
    return `${this.url}/?token=${this.#keys.token}`;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    const token = searchParams.get('token');
    if (!this.#isOwn(request)) response.writeHead(403).end();
    else if (token !== null && pathname === '/') this.#redeem(token, response);
    else if (!this.#keys.isKnown(request)) response.writeHead(403).end();
    else if (request.method === 'POST') await this.#post(pathname, response);
    else await this.#get(pathname, response);
  }

  /** By its own name, against pages that point a name of theirs here; and never for a page of another origin. */
  #isOwn({ headers: { host, origin } }: IncomingMessage): boolean {
    return `http://${String(host)}` === this.url && (origin === undefined || origin === this.url);
  }

  #redeem(token: string, response: ServerResponse): void {
    const cookie = this.#keys.redeem(token);
    if (cookie === null) {
      response.writeHead(403).end();
      return;
    }
    // The address that is kept in the history is worth nothing.
    response.writeHead(303, { ...HEADERS, location: '/', 'set-cookie': cookie }).end();
    this.onRedeemed(this.address);
  }

  async #post(path: string, response: ServerResponse): Promise<void> {
    const [, what, name = ''] = path.split('/');
    if (what === 'use') {
      response.writeHead((await this.room.use(name)) ? 204 : 409, HEADERS).end();
      return;
    }
    const row = what === 'rows' ? await this.scoreboard.run(Number(name)) : null;
    if (row) sendJson(response, row);
    else response.writeHead(404, HEADERS).end();
  }

  async #get(path: string, response: ServerResponse): Promise<void> {
    if (path === '/events') this.#stream(response);
    else if (path === '/tools')
      sendJson(
        response,
        TOOLS.map(({ name, label, shows }) => ({ name, label, shows })),
      );
    else if (path === '/rows') sendJson(response, this.scoreboard.names);
    else await sendFile(path === '/' ? '/room.html' : path, response);
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' });
    const send = (event: unknown): void => {
      if (response.writableLength > MOST_WAITING_BYTES) response.destroy();
      else response.write(`data: ${JSON.stringify(event)}\n\n`);
    };
    send(this.room.snapshot());
    response.once('close', this.room.onEvent(send));
  }
}

function sendJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { ...HEADERS, 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function sendFile(path: string, response: ServerResponse): Promise<void> {
  const type = TYPES[extname(path)];
  // One folder, and names that lead nowhere else.
  const isThere = type !== undefined && /^\/(?:assets\/)?[\w-]+(?:\.[\w-]+)+$/.test(path);
  const content = isThere ? await readFile(join(PAGE, path)).catch(() => null) : null;
  if (content === null) response.writeHead(404, HEADERS).end();
  else response.writeHead(200, { ...HEADERS, 'content-type': type ?? '' }).end(content);
}
