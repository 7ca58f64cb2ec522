import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { SharedSessionMetrics } from '../../src/metrics/index.js';

const registry = new Registry();
SharedSessionMetrics.start({ registry }).stop();
const METRICS = registry
  .getMetricsAsArray()
  .map(({ name, type }) => ({ name, type: String(type) }));
const NAMES = METRICS.map(({ name }) => name);

/** A histogram has three series, none of which is named as it is. */
const SERIES = METRICS.flatMap(({ name, type }) =>
  type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : name,
);

const namedIn = (path: string) => [
  ...new Set(readFileSync(path, 'utf8').match(/\b(?:shared_session|nodejs)_\w+/g)),
];

describe.each(['deploy/grafana-dashboard.json', 'deploy/prometheus-rules.yaml'])('%s', (path) => {
  it.each(namedIn(path))('asks for %s, which nodes have', (name) => {
    expect(SERIES).toContain(name);
  });
});

describe('deploy/grafana-dashboard.json', () => {
  const shown = namedIn('deploy/grafana-dashboard.json').join(' ');

  it.each(NAMES)('shows %s', (name) => {
    expect(shown).toContain(name);
  });

  it('has no panel on top of another', () => {
    const { panels } = JSON.parse(readFileSync('deploy/grafana-dashboard.json', 'utf8')) as {
      panels: { id: number; gridPos: { x: number; y: number } }[];
    };
    const places = panels.map(({ gridPos: { x, y } }) => `${String(x)} ${String(y)}`);

    expect(new Set(places).size).toBe(panels.length);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });
});

describe('docs/diagnostics.md', () => {
  it('says what each metric is, and of no other', () => {
    const named = [...readFileSync('docs/diagnostics.md', 'utf8').matchAll(/^\| `(\w+_\w+)`/gm)];

    expect(named.map(([, name]) => name).sort()).toEqual([...NAMES].sort());
  });
});
