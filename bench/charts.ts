import { mkdirSync, writeFileSync } from 'node:fs';
import { percentile } from '../test/support/program.js';
import type { Growth } from './growth.js';
import { type Results, short, valuesOf } from './results.js';

interface Bar {
  readonly label: string;
  readonly value: number;
  readonly isOurs: boolean;
}

const WIDTH = 640;
const LABEL = 170;
const ROW = 26;
const TOP = 44;

/** Figures that are worth a picture, and whether more is better. */
const CHARTS = [
  [
    'cpu-per-update',
    'CPU µs per update there',
    'Server CPU per update, µs (both nodes; less is better)',
  ],
  [
    'cpu-per-connect',
    'CPU µs per connect',
    'Server CPU per authenticated connect, µs (less is better)',
  ],
  [
    'highest-rate',
    'highest updates per s',
    'Updates/s with p99 below 100 ms, 2 cores for all (more is better)',
  ],
  [
    'memory',
    'RSS KB per idle connection',
    'Resident memory per idle connection, KB (less is better)',
  ],
] as const;

/** Draws the figures of a run for the docs. */
export function writeCharts(results: Results, growth: readonly Growth[]): void {
  mkdirSync('docs/charts', { recursive: true });
  for (const [file, figure, title] of CHARTS) {
    const bars = [...results.keys()].map((peer) => ({
      label: peer,
      value: percentile(valuesOf(results, peer, figure), 0.5),
      isOurs: peer === 'ours',
    }));
    writeFileSync(`docs/charts/${file}.svg`, barChart(title, bars));
  }
  const nodes = growth[0]?.rows ?? [];
  const bars = nodes.map(([peer = '', count = '', , , bytes = '']) => ({
    label: `${peer}, ${count} nodes`,
    value: Number(bytes),
    isOurs: peer === 'ours',
  }));
  const title = 'Bytes to a node without the user’s sockets, per update (less is better)';
  writeFileSync('docs/charts/bytes-elsewhere.svg', barChart(title, bars));
}

function barChart(title: string, bars: readonly Bar[]): string {
  const most = Math.max(...bars.map(({ value }) => value), 1e-9);
  const height = TOP + bars.length * ROW + 8;
  const rows = bars.map(({ label, value, isOurs }, at) => {
    const y = TOP + at * ROW;
    const width = Math.max(1, (value / most) * (WIDTH - LABEL - 80));
    const [fill, end] = [isOurs ? '#2563eb' : '#94a3b8', LABEL + width];
    return `  <text x="${String(LABEL - 8)}" y="${String(y + 15)}" text-anchor="end">${label}</text>
  <rect x="${String(LABEL)}" y="${String(y)}" width="${width.toFixed(1)}" height="20" rx="2" fill="${fill}"/>
  <text x="${(end + 6).toFixed(1)}" y="${String(y + 15)}">${short(value)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${String(WIDTH)}" height="${String(height)}" viewBox="0 0 ${String(WIDTH)} ${String(height)}" font-family="system-ui, sans-serif" font-size="13" fill="#1e293b" role="img" aria-label="${title}">
  <rect width="100%" height="100%" fill="#ffffff"/>
  <text x="12" y="26" font-size="15" font-weight="600">${title}</text>
${rows.join('\n')}
</svg>
`;
}
