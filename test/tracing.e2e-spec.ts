import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { context, propagation, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { SessionActivity } from '../src/shared-session/links/session-activity.js';
import { SessionStoreUnavailableError } from '../src/shared-session/index.js';
import { StoredSessions } from '../src/shared-session/store/stored-sessions.js';
import { SharedSessionTracing, type TracingOptions } from '../src/tracing/index.js';
import { eventually } from '../src/testing/eventually.js';
import { type PlainApp, startPlainApp } from './support/plain-app.js';
import { startRedis } from './support/redis-under-test.js';
import { SessionSignals } from '../src/shared-session/signals/session-signals.js';
import { uniquePrefix } from './support/test-node.js';
import { Visitor } from './support/visitor.js';

const TRACE = 'a'.repeat(32);
const SPAN = 'b'.repeat(16);
const traceparent = `00-${TRACE}-${SPAN}-01`;

describe('traces', () => {
  const exporter = new InMemorySpanExporter();
  const spanProcessors = [new SimpleSpanProcessor(exporter)];
  const tracerProvider = new BasicTracerProvider({ spanProcessors });
  let a: PlainApp;
  let b: PlainApp;
  let tracing: SharedSessionTracing;

  const start = (options: TracingOptions = {}) => {
    tracing = SharedSessionTracing.start({ tracerProvider, ...options });
  };

  beforeAll(async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    const url = await startRedis();
    const prefix = uniquePrefix();
    [a, b] = await Promise.all([startPlainApp(url, { prefix }), startPlainApp(url, { prefix })]);
  });

  beforeEach(() => {
    exporter.reset();
  });

  afterEach(() => {
    tracing.stop();
  });

  afterAll(() => {
    context.disable();
    propagation.disable();
  });

  const spansOf = (name: string) =>
    exporter.getFinishedSpans().filter((each) => each.name === name);

  const spanOf = (name: string): Promise<ReadableSpan> => eventually(() => spansOf(name)[0]);

  it('show a login on one node, the end of the old session, and its sockets closed on another', async () => {
    const visitor = await new Visitor(a).arrive();
    const { handle } = visitor;
    const socket = await visitor.connect(b);
    exporter.reset();
    start();

    await visitor.request('POST', '/login', { headers: { traceparent } });
    await socket.ended();

    const end = await spanOf('session end');
    const close = await spanOf('session close');
    const { traceId, spanId } = end.spanContext();
    expect([traceId, end.parentSpanContext?.spanId]).toEqual([TRACE, SPAN]);
    expect(close.spanContext().traceId).toBe(TRACE);
    expect(close.parentSpanContext).toMatchObject({ spanId, isRemote: true });
    const reason = { 'session.id': handle, 'shared_session.end.reason': 'replaced' };
    expect(end.attributes).toEqual({ ...reason, 'shared_session.end.by': 'session' });
    expect(close.attributes).toEqual({ ...reason, 'shared_session.sockets': 1 });
  });

  it('have the scripts of an end within it', async () => {
    const visitor = await new Visitor(a).arrive();
    start();

    await visitor.post('/logout');

    const end = await spanOf('session end');
    const script = await spanOf('EVALSHA remove-record');
    expect(script.parentSpanContext?.spanId).toBe(end.spanContext().spanId);
    expect(script.kind).toBe(SpanKind.CLIENT);
    expect(script.attributes).toEqual({
      'db.system.name': 'redis',
      'db.operation.name': 'EVALSHA',
      'db.stored_procedure.name': 'remove-record',
    });
  });

  it('have a span for each handshake and event, with what runs for it', async () => {
    const visitor = await new Visitor(a).arrive();
    const { handle } = visitor;
    start();

    const socket = await visitor.connect(b);
    await socket.ask('count', 1);
    await socket.ask('count', 'one');

    const rpc = { 'rpc.system': 'socket.io', 'rpc.service': '/', 'session.id': handle };
    expect((await spanOf('socket.io handshake')).attributes).toEqual(rpc);
    const [good, bad] = await eventually(() => {
      const spans = spansOf('socket.io count');
      return spans.length === 2 && spans;
    });
    expect(good?.attributes).toEqual({ ...rpc, 'rpc.method': 'count' });
    expect(bad?.attributes).toMatchObject({ 'error.type': 'INVALID_PAYLOAD' });
    expect(bad?.status.code).toBe(SpanStatusCode.UNSET);
    const script = await spanOf('EVALSHA replace-record');
    expect(script.parentSpanContext?.spanId).toBe(good?.spanContext().spanId);
  });

  it('say by which code a handshake was refused', async () => {
    start();

    await new Visitor(b).socket().refused();

    const { attributes, status } = await spanOf('socket.io handshake');
    expect(attributes).toMatchObject({ 'error.type': 'UNAUTHENTICATED' });
    expect(status.code).toBe(SpanStatusCode.UNSET);
  });

  it('have failed where Redis was away, and not where the client was wrong', async () => {
    const visitor = await new Visitor(a).arrive();
    const socket = await visitor.connect(b);
    const stored = b.app.get(StoredSessions, { strict: false });
    jest.spyOn(stored, 'update').mockRejectedValueOnce(new SessionStoreUnavailableError());
    start();

    await socket.ask('count', 1);

    const { attributes, status } = await spanOf('socket.io count');
    expect(attributes).toMatchObject({ 'error.type': 'UNAVAILABLE' });
    expect(status).toEqual({ code: SpanStatusCode.ERROR });
  });

  it.each([
    ['go on', true],
    ['do not go on, unless they shall,', false],
  ])('%s with the trace that a client names', async (_, fromClients) => {
    const visitor = await new Visitor(a).arrive();
    start({ fromClients });
    const socket = visitor.socket(b, { auth: { traceparent } });
    await socket.ready();

    await socket.ask('count', 1);

    const spans = [await spanOf('socket.io handshake'), await spanOf('socket.io count')];
    const traces = new Set(spans.map((span) => span.spanContext().traceId));
    expect(traces.has(TRACE)).toBe(fromClients);
    expect(traces.size).toBe(fromClients ? 1 : 2);
  });

  it('have no span of what nodes do by the clock', async () => {
    const visitor = await new Visitor(a).arrive();
    const socket = await visitor.connect(b);
    await socket.ask('count', 1);
    start();

    // As the timer of a node does, for the activity that it has noted.
    await b.app.get(SessionActivity, { strict: false }).flush();
    await visitor.post('/logout');
    await socket.ended();

    await spanOf('session close');
    expect(spansOf('EVALSHA extend-record')).toEqual([]);
  });

  it('do not travel between nodes where nobody traces', async () => {
    const visitor = await new Visitor(a).arrive();
    const socket = await visitor.connect(b);
    const trails: unknown[] = [];
    b.app.get(SessionSignals, { strict: false }).on('ended', (_, __, trail) => trails.push(trail));

    await visitor.request('POST', '/logout', { headers: { traceparent } });
    await socket.ended();

    expect(trails).toEqual([{ askedAt: expect.any(Number), traceparent: null }]);
    expect(exporter.getFinishedSpans()).toEqual([]);
  });

  it('have no session’s id, no name of a user, and nothing that a client has sent', async () => {
    start({ fromClients: true });
    const visitor = await new Visitor(a).loginAs({ id: 'ada-lovelace' });
    const { sid } = visitor;
    const socket = visitor.socket(b, { auth: { traceparent, secret: 'a secret of the client' } });
    await socket.ready();
    await socket.ask('count', 'a secret of the client');
    await visitor.post('/logout');
    await socket.ended();
    await spanOf('session close');

    const told = exporter
      .getFinishedSpans()
      .map(({ name, attributes, events, status }) => ({ name, attributes, events, status }));
    for (const secret of [sid, 'ada-lovelace', 'a secret of the client', '127.0.0.1']) {
      expect(JSON.stringify(told)).not.toContain(secret);
    }
  });
});
