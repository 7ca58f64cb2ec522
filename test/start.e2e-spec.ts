import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { BUILT_SERVER } from './support/built-server.js';
import { stopAfterwards } from './support/cleanup.js';
import { eventually } from '../src/testing/eventually.js';
import { NodeProcess } from './support/node-process.js';
import { startRedis, startSingleRedis } from './support/redis-under-test.js';
import { TcpProxy } from './support/tcp-proxy.js';
import { uniquePrefix } from './support/test-node.js';
import { Visitor } from './support/visitor.js';

const onUnix = process.platform === 'win32' ? it.skip : it;
const onLinux = process.platform === 'linux' ? it : it.skip;
if (process.platform !== 'linux') {
  console.warn('Skipped: the test that embedded Valkey ends with its parent (it reads /proc).');
}

describe('the server', () => {
  it('starts with no settings at all, and says in one line that its data will be gone', async () => {
    // As it is shipped; the other tests may start it bundled into one file.
    const node = await NodeProcess.start('alone', { SESSION_SECRET: '' }, { server: 'dist' });

    expect(node.output.match(/embedded Valkey/g)).toHaveLength(1);
    expect((await new Visitor(node).get('/session')).status).toBe(200);
  });

  it('writes JSON lines, none of which has a session id or a password in it', async () => {
    const redis = { REDIS_URL: await startRedis(), REDIS_PREFIX: uniquePrefix() };
    const node = await NodeProcess.start('logs', { ...redis, LOG_LEVEL: 'debug' });
    const visitor = await new Visitor(node).register();
    const socket = await visitor.connect();
    await socket.ask('cart:apply', { password: 'in the payload' });
    const sid = decodeURIComponent(visitor.cookie).slice('sid=s:'.length, 30);

    await visitor.logout();
    await socket.next('disconnect');
    await node.stop();

    const lines = node.output.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).not.toHaveLength(0);
    expect(node.output).not.toContain(sid);
    expect(node.output).not.toContain('correct horse');
    expect(node.output).not.toContain('in the payload');
  });

  it('tells what is wrong with a variable, and does not start', () => {
    const { status, stderr } = spawnSync(process.execPath, [`${BUILT_SERVER}/server/main.js`], {
      env: { PATH: process.env['PATH'], PORT: 'eighty' },
      encoding: 'utf8',
    });

    expect(status).toBe(1);
    expect(stderr).toContain('PORT was "eighty"; it should be a port number');
    expect(stderr).not.toContain('    at ');
  });

  it('starts among the variables of a desktop and of a Kubernetes pod', async () => {
    const desktop = { SESSION_MANAGER: 'local/desk:@/tmp/.ICE-unix/1', DESKTOP_SESSION: 'plasma' };
    const pod = {
      REDIS_SERVICE_HOST: '10.0.0.1',
      REDIS_SERVICE_PORT: '6379',
      REDIS_PORT: 'tcp://10.0.0.1:6379',
      REDIS_PORT_6379_TCP: 'tcp://10.0.0.1:6379',
      REDIS_PORT_6379_TCP_ADDR: '10.0.0.1',
    };

    const node = await NodeProcess.start('guest', { ...desktop, ...pod });

    expect((await new Visitor(node).get('/session')).status).toBe(200);
  });

  it('sends its clients to another node and ends with code 0 when it is asked to stop', async () => {
    const redis = { REDIS_URL: await startRedis(), REDIS_PREFIX: uniquePrefix() };
    const node = await NodeProcess.start('leaving', redis);
    const socket = await (await new Visitor(node).register()).connect();

    const code = await node.stop('SIGTERM');

    expect(await socket.next('session:ended')).toMatchObject({
      reason: 'draining',
      reconnect: 'now',
    });
    expect(code).toBe(0);
  });

  it('ends with code 0 too while Redis hangs', async () => {
    const proxy = await TcpProxy.to(await startSingleRedis());
    const redis = { REDIS_URL: proxy.url, REDIS_PREFIX: uniquePrefix() };
    const node = await NodeProcess.start('stranded', redis);
    const socket = await (await new Visitor(node).register()).connect();
    proxy.freeze();

    const askedAt = performance.now();
    const code = await node.stop('SIGTERM');

    expect(await socket.next('session:ended')).toMatchObject({ reason: 'draining' });
    expect(code).toBe(0);
    // A connection that hangs is given up after 10 s; nothing waits for that.
    expect(performance.now() - askedAt).toBeLessThan(10_000);
  });

  it('drains and ends with code 1 when nobody caught an error, and says so', async () => {
    const fault = 'process.on("SIGUSR2",()=>void Promise.reject(new Error("nobody catches this")))';
    const node = await NodeProcess.start('faulty', {
      REDIS_URL: await startRedis(),
      REDIS_PREFIX: uniquePrefix(),
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(fault)}`,
    });
    const socket = await (await new Visitor(node).register()).connect();

    node.signal('SIGUSR2');

    expect(await socket.next('session:ended')).toMatchObject({ reason: 'draining' });
    expect(await node.ended()).toBe(1);
    expect(node.output).toMatch(/"level":"fatal".*Nobody caught an error.*\n/);
    expect(node.output).toContain('nobody catches this');
  });

  onUnix('ends with code 0 and not a word on Ctrl-C, which reaches its Valkey too', async () => {
    // A process group of its own, as a shell gives to what it runs.
    const server = spawn(process.execPath, [`${BUILT_SERVER}/server/main.js`], {
      env: { PATH: process.env['PATH'], PORT: '0' },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const group = -(server.pid ?? 0);
    stopAfterwards(() => server.exitCode ?? process.kill(group, 'SIGKILL'));
    const errors = text(server.stderr);
    const lines = server.stdout.iterator({ destroyOnReturn: false });
    for await (const line of lines) if (String(line).includes(' serves http')) break;
    server.stdout.resume();
    const exited = once(server, 'exit');

    process.kill(group, 'SIGINT');

    expect(await exited).toEqual([0, null]);
    expect(await errors).toBe('');
  });

  onLinux('leaves no Valkey behind when it is killed', async () => {
    const node = await NodeProcess.start('killed', {});
    const [child] = childrenOf(node.pid);
    expect(child).toBeDefined();

    await node.stop('SIGKILL');

    await eventually(() => !readdirSync('/proc').includes(String(child)));
  });
});

function childrenOf(pid: number): string[] {
  return readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8')
    .trim()
    .split(' ');
}
