import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { stopAfterwards } from '../support/cleanup.js';

/**
 * A port whose connections go on over TLS to another, with its certificate checked: for clients that trust only the
 * authorities that Node came with.
 */
export async function startTlsBridge(port: number, certificate: string): Promise<{ url: string }> {
  const ca = readFileSync(join(certificate, 'fullchain.pem'));
  const server = createServer((client) => {
    const secure = connect({ port, host: '127.0.0.1', servername: 'localhost', ca });
    client.pipe(secure).pipe(client);
    client.on('error', () => secure.destroy()).on('close', () => secure.destroy());
    secure.on('error', () => client.destroy()).on('close', () => client.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  stopAfterwards(() => {
    server.close();
  });
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}` };
}
