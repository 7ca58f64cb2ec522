import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  type DiagnosticsName,
  Sessions,
  type SharedSessionDiagnostics,
} from '../src/shared-session/index.js';
import { Announcer } from '../src/shared-session/diagnostics/announcer.js';
import { eventually } from '../src/testing/eventually.js';
import { Diary, documentedFields } from './support/diagnostics.js';
import { type PlainApp, startPlainApp } from './support/plain-app.js';
import { RedisProxy } from './support/redis-proxy.js';
import { openRedis, startRedis } from './support/redis-under-test.js';
import { uniquePrefix } from './support/test-node.js';
import { Visitor } from './support/visitor.js';

/** What is told of a node. */
type OfNode = {
  [Name in DiagnosticsName]: SharedSessionDiagnostics[Name] extends { node: unknown }
    ? Name
    : never;
}[DiagnosticsName];

describe('what happens is published', () => {
  const prefix = uniquePrefix();
  const ada = { kind: 'user', id: 'ada' } as const;
  let url: string;
  let a: PlainApp;
  let b: PlainApp;
  /** Hears of what happens to sessions only through the proxy. */
  let toB: RedisProxy;
  let diary: Diary;

  beforeAll(async () => {
    url = await startRedis();
    toB = await RedisProxy.to(url);
    const options = (name: string) => ({ prefix, nodeName: `${prefix}${name}` });
    [a, b] = await Promise.all([
      startPlainApp(url, options('a')),
      startPlainApp(url, { ...options('b'), redis: toB.address }),
    ]);
  });

  beforeEach(() => {
    diary = new Diary();
  });

  afterEach(() => {
    diary.close();
    jest.restoreAllMocks();
  });

  const signIn = () => new Visitor(a).loginAs(ada);

  /** The next message of that name from that node, without what every message has. */
  async function told<Name extends OfNode>(app: PlainApp, name: Name) {
    const { node, at, ...rest } = await diary.next(name, (each) => each.node === app.name);
    expect(node).toBe(app.name);
    expect(Math.abs(Date.now() - at)).toBeLessThan(60_000);
    expect(Object.keys(rest).sort()).toEqual(documentedFields(name));
    return rest;
  }

  it('when a socket comes and goes', async () => {
    const visitor = await signIn();
    const { handle } = visitor;
    const whose = { handle, principal: ada, namespace: '/' };

    const socket = await visitor.connect(b);
    socket.close();

    expect(await told(b, 'link.opened')).toEqual({ ...whose, address: '127.0.0.1' });
    const reason = 'client namespace disconnect';
    const left = { reason, foundBy: null, revocationMs: null };
    expect(await told(b, 'link.closed')).toEqual({ ...whose, ...left });
  });

  it('when a session ends, and how long that took until its connection was closed', async () => {
    const visitor = await signIn();
    const { handle } = visitor;
    await visitor.connect(b);

    await a.app.get(Sessions).end(handle);

    const end = { handle, reason: 'revoked' };
    expect(await told(a, 'session.ended')).toEqual({
      ...end,
      principal: ada,
      by: 'application',
      next: null,
    });
    expect(await told(a, 'signal.sent')).toEqual({ ...end, signal: 'ended' });
    const heard = await told(b, 'signal.heard');
    expect(heard).toMatchObject({ ...end, signal: 'ended' });
    expect(heard.delayMs).toEqual(expect.any(Number));
    const closed = await told(b, 'link.closed');
    expect(closed).toMatchObject({ ...end, foundBy: 'signal' });
    expect(closed.revocationMs).toBeGreaterThanOrEqual(heard.delayMs ?? Infinity);
  });

  it('when a node finds a session gone of which nobody has told it', async () => {
    const visitor = await signIn();
    const { handle } = visitor;
    await visitor.connect(b);

    await (await openRedis(url)).del(`${prefix}sess:{${handle}}`);

    const found = { reason: 'revoked', foundBy: 'look', revocationMs: null };
    expect(await told(b, 'link.closed')).toMatchObject(found);
    expect(await told(b, 'session.ended')).toMatchObject({ handle, reason: 'revoked', by: 'node' });
  });

  it('when a handshake is refused, by whatever refuses it', async () => {
    await new Visitor(b).socket().refused();

    const nobody = { handle: null, principal: null, address: '127.0.0.1' };
    const refused = await told(b, 'handshake.refused');
    expect(refused).toEqual({ ...nobody, code: 'UNAUTHENTICATED', namespace: '/' });

    const extraHeaders = { origin: 'https://elsewhere.example' };
    await new Visitor(b).socket(b, { extraHeaders }).refused();

    const foreign = await told(b, 'handshake.refused');
    expect(foreign).toEqual({ ...nobody, code: 'FORBIDDEN_ORIGIN', namespace: null });
  });

  it('when a session starts and changes, and nodes are told', async () => {
    const visitor = await signIn();
    const { handle } = visitor;
    await visitor.connect(b);

    await visitor.post('/count');

    expect(await told(a, 'session.started')).toEqual({ handle, principal: ada });
    expect(await told(a, 'session.changed')).toEqual({ handle, principal: ada });
    const change = { signal: 'changed', handle, reason: null };
    expect(await told(a, 'signal.sent')).toEqual(change);
    expect(await told(b, 'signal.heard')).toEqual({ ...change, delayMs: null });
  });

  it('when a sign-in is one too many', async () => {
    const nodeName = uniquePrefix();
    const options = { prefix: nodeName, nodeName, maxSessions: 1, whenFull: 'refuse' } as const;
    const full = await startPlainApp(url, options);
    await new Visitor(full).loginAs(ada);

    await expect(new Visitor(full).loginAs(ada)).rejects.toThrow();

    const refused = { handle: null, principal: ada, code: 'TOO_MANY_SESSIONS' };
    expect(await told(full, 'sign-in.refused')).toEqual(refused);
  });

  it('when an event was answered, and how', async () => {
    const visitor = await signIn();
    const { handle } = visitor;
    const socket = await visitor.connect(b);

    await socket.ask('count', 1);
    await socket.ask('count', 'one');
    await socket.ask('a-name-of-the-clients');

    const whose = { handle, principal: ada, namespace: '/', address: '127.0.0.1' };
    const durationMs = expect.any(Number);
    for (const [event, outcome] of [
      ['count', 'OK'],
      ['count', 'INVALID_PAYLOAD'],
      [null, 'NOT_FOUND'],
    ]) {
      expect(await told(b, 'event.handled')).toEqual({ ...whose, event, outcome, durationMs });
    }
  });

  it('when a write meets another, and when it comes too late', async () => {
    const visitor = await signIn();
    const { handle } = visitor;

    const gate = a.close();
    const slow = visitor.post('/slow');
    await gate.arrived;
    await visitor.post('/count', undefined, b);
    gate.open();
    await slow;

    expect(await told(a, 'write.merged')).toEqual({ handle });

    await a.app.get(Sessions).end(handle);
    await expect(a.app.get(Sessions).update(handle, () => undefined)).rejects.toThrow();

    expect(await told(a, 'write.refused')).toEqual({ handle });
  });

  it('when sessions were looked at since signals may have been missed', async () => {
    const visitor = await signIn();
    await visitor.connect(b);

    toB.cutSubscribers();

    expect((await told(b, 'revalidated')).failed).toBe(0);
  });

  it('when Redis has answered a script, and how long that took', async () => {
    await signIn();

    const ran = await diary.next('script.ran', ({ script }) => script === 'enter-session');

    expect(ran).toEqual({ script: 'enter-session', outcome: 'OK', durationMs: expect.any(Number) });
  });

  it('without a message where nobody listens', async () => {
    diary.close();
    const announce = jest.spyOn(Announcer.prototype, 'announce');
    const clocked = jest.spyOn(Announcer.prototype, 'since');
    const visitor = await signIn();
    const socket = await visitor.connect(b);

    await socket.ask('count', 1);
    await new Visitor(b).socket().refused();
    await a.app.get(Sessions).end(visitor.handle);
    await socket.ended();
    await eventually(() => !socket.client.connected);

    expect(announce).not.toHaveBeenCalled();
    expect(clocked).not.toHaveBeenCalled();
  });

  it('without a session’s id, and without what a client has sent', async () => {
    const visitor = await signIn();
    const { sid } = visitor;
    const socket = await visitor.connect(b);
    const secret = 'what only the client knows';

    await socket.ask('count', secret);
    await socket.ask(secret);
    await visitor.post('/count');
    await a.app.get(Sessions).end(visitor.handle);
    await told(b, 'link.closed');

    expect(diary.text).not.toContain(sid);
    expect(diary.text).not.toContain(secret);
  });
});
