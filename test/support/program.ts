import 'reflect-metadata';
import { stopAll } from './cleanup.js';

/** Runs a program that prints what it measured; it fails when `run` says so or throws. */
export async function program(run: () => Promise<boolean>): Promise<void> {
  try {
    process.exitCode = (await run()) ? 0 : 1;
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  } finally {
    await stopAll();
  }
  process.exit();
}

/** Prints a table in Markdown. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = widths.map((width) => '-'.repeat(width));
  console.log([line(head), line(rule), ...rows.map(line)].join('\n'));
}

/** One line of a proof: a figure, its target, and whether it was met. */
export interface Figure {
  readonly what: string;
  readonly measured: number | string;
  readonly target: string;
  readonly met: boolean;
}

/** Prints the figures as a table; tells whether all targets were met. */
export function report(title: string, figures: readonly Figure[]): boolean {
  console.log(`\n${title}\n`);
  printTable(
    ['what', 'measured', 'target', 'met'],
    figures.map(({ what, measured, target, met }) => [
      what,
      typeof measured === 'number' ? String(Math.round(measured * 10) / 10) : measured,
      target,
      met ? 'yes' : 'NO',
    ]),
  );
  return figures.every(({ met }) => met);
}

/** The value that `share` of the values do not exceed, such as 0.99. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
