import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { MetricsEndpoint } from '../src/server/metrics/metrics-endpoint.js';
import { startRedis } from './support/redis-under-test.js';
import { startTestNode, uniquePrefix } from './support/test-node.js';
import { Visitor } from './support/visitor.js';

function promtool(args: readonly string[], input = ''): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

describe('Prometheus', () => {
  it('takes the alert rules', () => {
    expect(promtool(['check', 'rules', 'deploy/prometheus-rules.yaml'])).toMatchObject({
      status: 0,
    });
  });

  it('alerts where it should, and nowhere else', () => {
    const played = promtool(['test', 'rules', 'test/support/prometheus-rules.test.yaml']);

    expect(played).toEqual({ status: 0, said: expect.stringContaining('SUCCESS') });
  });

  it('has no fault to find with the metrics of a node', async () => {
    const settings = { redisUrl: await startRedis(), redisPrefix: uniquePrefix(), metricsPort: 0 };
    const { app, ...node } = await startTestNode(settings);
    const visitor = await new Visitor({ ...node, app }).arrive();
    await (await visitor.connect()).ask('cart:get');
    const { port } = app.get(MetricsEndpoint, { strict: false });
    const text = await (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text();

    expect(text).toContain('shared_session_connections 1');
    expect(promtool(['check', 'metrics'], text)).toEqual({ status: 0, said: '' });
  });
});
