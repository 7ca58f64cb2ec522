import 'reflect-metadata';
import { stopAll } from '../support/cleanup.js';
import { SCENARIOS } from '../torture/scenarios.js';
import { type Contenders, type Row, runRow, startContenders } from '../torture/worlds.js';

/** Null: it failed. */
export type RowAnswer = Row | null;

let contenders: Promise<Contenders> | undefined;

async function run(index: number): Promise<RowAnswer> {
  const scenario = SCENARIOS[index];
  contenders ??= startContenders();
  return scenario ? runRow(scenario, await contenders) : null;
}

process.on('message', (index: number) => {
  void run(index)
    .catch(() => null)
    .then((answer: RowAnswer) => process.send?.(answer));
});
// It has a Redis of its own, which must not outlive it.
process.on('disconnect', () => void stopAll().finally(() => process.exit()));
