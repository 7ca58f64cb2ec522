import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { diagnosticsChannel } from '../shared-session/index.js';
import { SharedSessionMetrics } from './shared-session-metrics.js';

const principal = { kind: 'user', id: 'ada' } as const;
const at = { node: 'web', at: 0 };

describe('metrics', () => {
  let registry: Registry;
  let metrics: SharedSessionMetrics;

  beforeEach(() => {
    registry = new Registry();
    metrics = SharedSessionMetrics.start({ registry, node: 'web' });
  });

  afterEach(() => {
    metrics.stop();
  });

  const linesOf = async (name: string) =>
    (await registry.metrics()).split('\n').filter((line) => line.startsWith(name));

  const hit = (limit: string, node = 'web') => {
    const message = { limit, node, at: 0, principal, address: null, retryAfterMs: 1 };
    diagnosticsChannel('limit.hit').publish(message);
  };

  it('have at most 100 values of a label that applications choose', async () => {
    for (let index = 0; index < 200; index += 1) hit(`limit-${String(index)}`);

    const series = await linesOf('shared_session_limit_hits_total{');
    expect(series).toHaveLength(101);
    expect(series.at(-1)).toBe('shared_session_limit_hits_total{limit="other"} 100');
  });

  it('are those of one node where it is named', async () => {
    hit('events', 'another');
    hit('events');

    const series = await linesOf('shared_session_limit_hits_total{');
    expect(series).toEqual(['shared_session_limit_hits_total{limit="events"} 1']);
  });

  it('count nothing more once they have stopped', async () => {
    metrics.stop();

    hit('events');

    expect(await linesOf('shared_session_limit_hits_total{')).toEqual([]);
  });

  it('say that the node is deaf while it is, and for how long it was', async () => {
    diagnosticsChannel('probe.deaf').publish({ ...at, silentMs: 10_000 });
    expect(await linesOf('shared_session_deaf ')).toEqual(['shared_session_deaf 1']);

    diagnosticsChannel('probe.fresh').publish({ ...at, silentMs: 12_500 });

    expect(await linesOf('shared_session_deaf ')).toEqual(['shared_session_deaf 0']);
    const silence = await linesOf('shared_session_silence_seconds_total ');
    expect(silence).toEqual(['shared_session_silence_seconds_total 12.5']);
  });

  it('tell a session that has expired from one whose signal was lost', async () => {
    const closed = { ...at, principal, handle: 'handle', namespace: '/', revocationMs: null };
    for (const reason of ['expired', 'revoked'] as const) {
      diagnosticsChannel('link.closed').publish({ ...closed, reason, foundBy: 'look' });
    }

    const lost = await linesOf('shared_session_lost_signals_total ');
    expect(lost).toEqual(['shared_session_lost_signals_total 1']);
  });
});
