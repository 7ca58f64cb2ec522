import { printTable } from '../../support/program.js';
import { nameOfCell } from './cell.js';
import { FAULTS } from './command-proxy.js';
import type { Result } from './runner.js';

const COLUMNS = [undefined, ...FAULTS];

/** Prints each command of each operation, and under each fault how many of its runs went wrong. */
export function printMatrix(results: readonly Result[]): void {
  const rows = new Map<string, Result[]>();
  for (const result of results) {
    const { operation, number, step } = result.cell;
    const label = step
      ? step.name + (step.occurrence > 1 ? ` (${String(step.occurrence)})` : '')
      : '';
    const key = `${operation.name}|${String(number).padStart(2, '0')}|${label}`;
    rows.set(key, [...(rows.get(key) ?? []), result]);
  }
  const head = ['operation', 'n', 'command', 'none', ...FAULTS];
  const body = [...rows]
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([key, row]) => [
      ...key.split('|'),
      ...COLUMNS.map((fault) => figureOf(row.filter(({ cell }) => cell.fault === fault))),
    ]);
  printTable(head, body);
}

/** Prints what was wrong, by operation and kind, and then one by one. */
export function printViolations(results: readonly Result[]): void {
  const counts = new Map<string, number>();
  const lines: string[] = [];
  for (const { cell, outcome, violations } of results) {
    for (const { kind, detail } of violations ?? []) {
      const key = `${cell.operation.name}|${kind}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      const told = outcome ? `${outcome.kind} ${outcome.detail}` : '';
      lines.push(
        `${nameOfCell(cell)} [${cell.step?.name ?? ''}] told: ${told} | ${kind}: ${detail}`,
      );
    }
  }
  console.log('');
  printTable(
    ['operation', 'violation', 'count'],
    [...counts].toSorted().map(([key, count]) => [...key.split('|'), String(count)]),
  );
  console.log(`\n${lines.toSorted().join('\n')}`);
}

function figureOf(results: readonly Result[]): string {
  if (results.length === 0) return '';
  const reached = results.filter(({ violations }) => violations !== undefined);
  if (reached.length === 0) return 'not reached';
  const bad = reached.filter(({ violations }) => violations && violations.length > 0);
  return bad.length === 0 ? '-' : `${String(bad.length)} of ${String(reached.length)}`;
}
