import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import WebSocket from 'ws';
import type { AuditLine } from '../src/server/audit/audit-line.js';
import type { AdminAccount } from '../src/server/operators/operators.contract.js';
import { eventually } from '../src/testing/eventually.js';
import { sessionHandle } from '../src/testing/node-parts.js';
import { auditIn, linesOf } from './support/audit-lines.js';
import { NodeProcess } from './support/node-process.js';
import { operator } from './support/operator-command.js';
import { startRedis } from './support/redis-under-test.js';
import { TEST_SECRET, uniquePrefix } from './support/test-node.js';
import { operation, PASSWORD, Visitor } from './support/visitor.js';

const WRONG = 'a wrong horse battery';
const NEXT = 'another horse battery';

describe('the audit log', () => {
  const redisPrefix = uniquePrefix();
  let redisUrl: string;
  let node: NodeProcess;

  /** Secrets that clients had or sent, none of which may be in a log. */
  const canaries = new Set([PASSWORD, WRONG, NEXT, TEST_SECRET]);

  const start = (name: string, settings: NodeJS.ProcessEnv = {}) =>
    NodeProcess.start(name, {
      REDIS_URL: redisUrl,
      REDIS_PREFIX: redisPrefix,
      TRUST_PROXY: '1',
      ...settings,
    });

  beforeAll(async () => {
    redisUrl = await startRedis();
    node = await start('audited');
  });

  /** Asks as a visitor does, and waits for so many lines of that request. */
  async function linesFor(
    visitor: Visitor,
    [method, path, body]: readonly [string, string, unknown?],
    headers: Readonly<Record<string, string>> = {},
    least = 1,
  ): Promise<AuditLine[]> {
    const answer = await visitor.request(method, path, { body, headers });
    const requestId = answer.headers.get('x-request-id');
    return eventually(() => {
      const lines = auditIn(node.output).filter((line) => line.requestId === requestId);
      return lines.length >= least && lines;
    });
  }

  const from = (address: string) => ({ 'x-forwarded-for': address });
  const credentials = ({ email }: Visitor, password = PASSWORD) => ({ email, password });

  async function idOf(visitor: Visitor): Promise<string> {
    return (await visitor.get<{ id: string }>('/user/profile')).body.id;
  }

  async function admin(): Promise<Visitor> {
    const visitor = await new Visitor(node).register();
    await operator({ redisUrl, redisPrefix }, 'roles', visitor.email, 'admin');
    return visitor;
  }

  it('tells of a sign-in: whose, from where, for which request', async () => {
    const visitor = await new Visitor(node).register();
    const id = await idOf(visitor);
    const other = new Visitor(node);

    const request = ['POST', '/auth/login', credentials(visitor)] as const;
    const lines = await linesFor(other, request, from('2001:db8::7'));

    expect(lines).toMatchObject([
      {
        audit: 'session.started',
        node: 'audited',
        principal: { kind: 'user', id },
        address: '2001:db8::7',
        count: 1,
      },
    ]);
    expect(lines[0]?.handle).toMatch(/^[\w-]{22}$/);
  });

  it('tells which account a sign-in was refused for, and nothing of what was typed', async () => {
    const visitor = await new Visitor(node).register();
    const account = await idOf(visitor);

    const request = ['POST', '/auth/login', credentials(visitor, WRONG)] as const;
    const lines = await linesFor(new Visitor(node), request, from('198.51.100.1'));

    const reason = 'INVALID_CREDENTIALS';
    expect(lines).toMatchObject([{ audit: 'sign-in.refused', reason, account, principal: null }]);
    expect(node.output).not.toContain(visitor.email);
  });

  it('tells that the password was given once more, was wrong, or was changed', async () => {
    const visitor = await new Visitor(node).register();
    const account = await idOf(visitor);
    const who = { account, principal: { kind: 'user', id: account } };
    const confirm = (password: string) =>
      linesFor(visitor, ['POST', '/auth/confirm', { password }], from('198.51.100.2'));

    expect(await confirm(PASSWORD)).toMatchObject([{ audit: 'sign-in.confirmed', ...who }]);
    expect(await confirm(WRONG)).toMatchObject([{ audit: 'confirmation.refused', ...who }]);
    const change = ['POST', '/user/password', { current: PASSWORD, next: NEXT }] as const;
    expect((await linesFor(visitor, change)).map(({ audit }) => audit)).toContain(
      'password.changed',
    );
  });

  it('tells that sessions ended, why and by whom', async () => {
    const visitor = await new Visitor(node).register();
    const other = await new Visitor(node).login(visitor.email);

    const others = await linesFor(visitor, ['DELETE', '/devices']);
    const own = await linesFor(visitor, ['POST', '/auth/logout']);

    const revoked = { audit: 'session.ended', reason: 'revoked', by: 'principal' };
    expect(others).toMatchObject([{ ...revoked, handle: sessionHandle(other.sid) }]);
    expect(own).toMatchObject([{ audit: 'session.ended', reason: 'signed-out', by: 'session' }]);
  });

  it('tells what operators did, over HTTP and in a shell', async () => {
    const operating = await admin();
    const visitor = await new Visitor(node).register();
    const id = await idOf(operating);
    const { body } = await operating.post<AdminAccount>('/admin/accounts/find', {
      email: visitor.email,
    });

    const suspend = ['POST', `/admin/accounts/${body.id}/suspension`] as const;
    const suspended = await linesFor(operating, suspend, {}, 2);
    const { errors } = await operator({ redisUrl, redisPrefix }, 'resume', visitor.email);

    expect(suspended).toMatchObject([
      { audit: 'account.suspended', account: body.id, principal: { kind: 'user', id } },
      { audit: 'session.ended', reason: 'suspended', principal: { kind: 'user', id: body.id } },
    ]);
    const inShell = auditIn(errors);
    expect(inShell).toMatchObject([{ audit: 'operator.looked' }, { audit: 'account.resumed' }]);
    expect(inShell[1]).toMatchObject({ account: body.id, principal: null, requestId: null });
    expect(inShell[1]?.node).toMatch(/^operator-\d+$/);
  });

  it('tells of what somebody may not do', async () => {
    const visitor = await new Visitor(node).register();
    const origin = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };

    expect(await linesFor(visitor, ['GET', '/admin/nodes'], from('192.0.2.1'))).toMatchObject([
      { audit: 'request.refused', reason: 'FORBIDDEN', principal: { kind: 'user' } },
    ]);
    const request = ['POST', '/auth/logout'] as const;
    expect(await linesFor(visitor, request, { ...origin, ...from('192.0.2.2') })).toMatchObject([
      { audit: 'request.refused', reason: 'FORBIDDEN_ORIGIN', address: '192.0.2.2' },
    ]);
  });

  it('has one line of a hundred refused sockets, and how many there were', async () => {
    const attacked = await start('attacked', { ALLOWED_HOSTS: '127.0.0.1' });
    const socket = (headers: Record<string, string>) =>
      new Promise((resolve) => {
        const url = `${attacked.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`;
        new WebSocket(url, { headers }).on('error', resolve);
      });

    for (let times = 0; times < 100; times += 1) await socket({ origin: 'https://evil.example' });
    await socket({ host: 'evil.example' });
    await attacked.stop();

    const lines = auditIn(attacked.output).map(({ audit, reason, count }) => [
      audit,
      reason,
      count,
    ]);
    expect(lines).toEqual([
      ['handshake.refused', 'FORBIDDEN_ORIGIN', 1],
      ['handshake.refused', 'MISDIRECTED', 1],
      ['handshake.refused', 'FORBIDDEN_ORIGIN', 99],
    ]);
  });

  it('believes no forwarded address that is none, and no line that a client has made', async () => {
    const visitor = await new Visitor(node).register();
    const forged = `"}{"audit":"session.ended"`;

    const request = ['POST', '/auth/login', credentials(visitor)] as const;
    const headers = { ...from(forged), 'x-request-id': forged };
    const lines = await linesFor(new Visitor(node), request, headers);

    expect(lines).toMatchObject([{ audit: 'session.started', address: '127.0.0.1' }]);
  });

  it('and no other line has a secret in it, not even where the process breaks down', async () => {
    const fault = 'process.on("SIGUSR2",()=>void Promise.reject(new Error("nobody catches this")))';
    const talkative = await start('talkative', {
      LOG_LEVEL: 'debug',
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(fault)}`,
    });
    const visitor = await new Visitor(talkative).register();
    const connected = await visitor.connect();
    const engineId = connected.client.io.engine.id;
    const payload = randomUUID();
    await connected.ask('cart:apply', { ...operation('add', 'scale', 1), note: payload });
    await visitor.post('/cart/operations', `{"note":"${payload}`);
    await visitor.post('/auth/login', credentials(visitor, WRONG));
    await visitor.get(`/devices/${payload}?sid=${visitor.sid}`);
    await new Visitor(talkative).socket().refused();
    const before = [visitor.sid, visitor.cookie.slice('sid='.length)];
    await visitor.post('/user/password', { current: PASSWORD, next: NEXT });
    const after = [visitor.sid, visitor.cookie.slice('sid='.length)];
    await visitor.connect();
    for (const each of [...before, ...after, engineId, payload]) canaries.add(each);

    talkative.signal('SIGUSR2');
    expect(await talkative.ended()).toBe(1);

    expect(talkative.output).toContain('nobody catches this');
    expect(linesOf(talkative.output).length).toBeGreaterThan(50);
    for (const { output } of [node, talkative]) {
      const decoded = [output, decodeURIComponent(output.replace(/%(?![\da-f]{2})/gi, '%25'))];
      for (const text of decoded) {
        expect([...canaries].filter((canary) => text.includes(canary))).toEqual([]);
      }
    }
  });
});
