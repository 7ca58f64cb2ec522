import { createServer, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { register, type Registry } from 'prom-client';

export interface ServeMetricsOptions {
  /** 0 picks a free one. */
  readonly port: number;
  /** @defaultValue `127.0.0.1`: what is measured is for those who run the nodes */
  readonly host?: string;
  /** @defaultValue the global one of prom-client */
  readonly registry?: Registry;
}

/**
 * Serves `/metrics` on a port of its own, which is not for the internet: it asks nobody who they are.
 *
 * @returns the server, which listens; whoever asked for it closes it
 */
export async function serveMetrics({
  port,
  host = '127.0.0.1',
  registry = register,
}: ServeMetricsOptions): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url?.split('?', 1)[0] !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    void answer(registry, response);
  });
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}

/** A gauge of an application's own may fail to be collected. */
async function answer(registry: Registry, response: ServerResponse): Promise<void> {
  try {
    const text = await registry.metrics();
    response.writeHead(200, { 'Content-Type': registry.contentType }).end(text);
  } catch {
    response.writeHead(500).end();
  }
}
