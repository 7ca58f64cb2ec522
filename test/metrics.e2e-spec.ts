import { beforeAll, describe, expect, it } from '@jest/globals';
import { MetricsEndpoint } from '../src/server/metrics/metrics-endpoint.js';
import { eventually } from '../src/testing/eventually.js';
import { openRedis, startRedis } from './support/redis-under-test.js';
import { Scrape } from './support/scrape.js';
import { startTestNode, type TestNode, uniquePrefix } from './support/test-node.js';
import { operation, Visitor } from './support/visitor.js';

describe('metrics at METRICS_PORT', () => {
  const redisPrefix = uniquePrefix();
  let redisUrl: string;
  let a: TestNode;
  let b: TestNode;

  beforeAll(async () => {
    redisUrl = await startRedis();
    const settings = { redisUrl, redisPrefix, metricsPort: 0 };
    [a, b] = await Promise.all([
      startTestNode({ ...settings, nodeName: `${redisPrefix}a` }),
      startTestNode({ ...settings, nodeName: `${redisPrefix}b` }),
    ]);
  });

  const urlOf = ({ app }: TestNode) =>
    `http://127.0.0.1:${String(app.get(MetricsEndpoint, { strict: false }).port)}/metrics`;
  const scrape = async (node: TestNode) => Scrape.of(await (await fetch(urlOf(node))).text());

  it('tell how long it takes until a session that ended on another node is closed here', async () => {
    const visitor = await new Visitor(a).register();
    const before = await scrape(b);
    const socket = await visitor.connect(b);
    const open = await scrape(b);

    await visitor.logout(a);
    await socket.ended();

    const closed = await eventually(async () => {
      const now = await scrape(b);
      const count = 'shared_session_revocation_seconds_count';
      return now.value(count) > before.value(count) && now;
    });
    const connections = 'shared_session_connections';
    expect(open.value(connections) - before.value(connections)).toBe(1);
    expect(closed.value(connections)).toBe(before.value(connections));
    expect(closed.value('shared_session_closed_connections_total', { reason: 'signed-out' })).toBe(
      1,
    );
    expect(closed.value('shared_session_lost_signals_total')).toBe(0);
  });

  it('count handshakes and events by their outcome, and what an unknown name is not', async () => {
    const visitor = await new Visitor(a).arrive();
    const before = await scrape(a);
    const socket = await visitor.connect(a);

    await socket.ask('cart:apply', operation('add', 'scale', 1));
    await socket.ask('cart:apply', 'nothing of the kind');
    await socket.client.timeout(10_000).emitWithAck('made-up-name');
    await new Visitor(a).socket().refused();

    const now = await scrape(a);
    const more = (name: string, labels: Record<string, string>) =>
      now.value(name, labels) - before.value(name, labels);
    expect(more('shared_session_handshakes_total', { outcome: 'OK' })).toBe(1);
    expect(more('shared_session_handshakes_total', { outcome: 'UNAUTHENTICATED' })).toBe(1);
    const events = 'shared_session_event_duration_seconds_count';
    expect(more(events, { event: 'cart:apply', outcome: 'OK' })).toBe(1);
    expect(more(events, { event: 'cart:apply', outcome: 'INVALID_PAYLOAD' })).toBe(1);
    expect(more(events, { event: 'unknown', outcome: 'NOT_FOUND' })).toBe(1);
    expect(now.text).not.toContain('made-up-name');
  });

  it('tell of a session that was found gone and that no signal told of', async () => {
    const visitor = await new Visitor(a).arrive();
    const socket = await visitor.connect(b);
    const before = await scrape(b);

    await (await openRedis(redisUrl)).del(`${redisPrefix}sess:{${visitor.handle}}`);
    await socket.ended();

    await eventually(async () => {
      const lost = 'shared_session_lost_signals_total';
      return (await scrape(b)).value(lost) === before.value(lost) + 1;
    });
  });

  it('have the round trips to Redis by script, and how late the event loop is', async () => {
    const now = await scrape(a);

    const labels = { script: 'enter-session', outcome: 'OK' };
    expect(now.value('shared_session_redis_script_duration_seconds_count', labels)).toBeGreaterThan(
      0,
    );
    expect(now.value('nodejs_eventloop_delay_p99_seconds')).toBeGreaterThanOrEqual(0);
  });

  it('have no name of a visitor, a session or an address', async () => {
    const visitor = await new Visitor(a).register();
    const { sid, handle } = visitor;
    await visitor.connect(b);
    const { principal } = (await visitor.get<{ principal: { id: string } }>('/session')).body;

    const text = (await scrape(a)).text + (await scrape(b)).text;

    for (const name of [sid, handle, principal.id, '127.0.0.1']) expect(text).not.toContain(name);
  });

  it('are served nowhere else, and nothing else there', async () => {
    const elsewhere = await new Visitor(a).get('/metrics');
    const other = await fetch(urlOf(a).replace('/metrics', '/session'));
    const posted = await fetch(urlOf(a), { method: 'POST' });

    expect([other.status, posted.status]).toEqual([404, 404]);
    expect(String(elsewhere.body)).not.toContain('shared_session_');
  });

  it('are measured by nobody once their node has stopped', async () => {
    const node = await startTestNode({ redisUrl, redisPrefix: uniquePrefix(), metricsPort: 0 });
    const url = urlOf(node);

    await node.stop();

    await expect(fetch(url)).rejects.toThrow();
  });
});
