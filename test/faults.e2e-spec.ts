import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Cell, nameOfCell } from './proofs/faults/cell.js';
import type { Fault } from './proofs/faults/command-proxy.js';
import { stepsOf } from './proofs/faults/enumeration.js';
import { Lane } from './proofs/faults/lane.js';
import type { Operation } from './proofs/faults/operation.js';
import { OPERATIONS } from './proofs/faults/operations.js';
import { runBatch } from './proofs/faults/runner.js';
import { BUILT_SERVER } from './support/built-server.js';
import { openRedis, startRedis } from './support/redis-under-test.js';
import { uniquePrefix } from './support/test-node.js';

/** The faults that take no time. */
const QUICK: readonly Fault[] = ['cut-before', 'cut-after', 'error'];

/** A success that was none: nothing was done. */
const LIE: Operation = {
  name: 'lie',
  prepare: (scene) => scene.signIn(scene.actor),
  act: () => Promise.resolve({ kind: 'done', detail: '204' }),
  ends: (_, before) => [before],
};

// A few of the cells that `npm run proof -- faults` plays.
describe('a Redis command that goes wrong', () => {
  let lane: Lane;

  beforeAll(async () => {
    const redisUrl = await startRedis();
    const redis = await openRedis(redisUrl);
    const program = `${BUILT_SERVER}/server/main.js`;
    lane = await Lane.start({ redisUrl, redis, prefix: uniquePrefix(), program });
    await lane.complete();
  });

  async function violationsOf(cells: readonly Cell[]): Promise<string[]> {
    const results = await runBatch(lane, cells, 0);
    return results.flatMap(({ cell, violations = [{ kind: 'not reached', detail: '' }] }) =>
      violations.map(({ kind, detail }) => `${nameOfCell(cell)}: ${kind}, ${detail}`),
    );
  }

  /** The command of an operation that is about such a key, with each of the quick faults. */
  async function cellsOf(name: string, key: string): Promise<Cell[]> {
    const operation = OPERATIONS.find((each) => each.name === name);
    if (!operation) throw new Error(`There is no operation ${name}.`);
    const steps = await stepsOf(lane, operation);
    const at = steps.findIndex((step) => step.name.includes(key));
    const step = steps[at];
    if (!step) throw new Error(`${name} asks for no ${key}.`);
    return QUICK.map((fault) => ({ operation, number: at + 1, step, fault, sequel: 'retry' }));
  }

  it('puts an operation into the cart once, however it went wrong and was tried again', async () => {
    const cells = await cellsOf('cart', 'cart:{');

    expect(cells).toHaveLength(QUICK.length);
    expect(await violationsOf(cells)).toEqual([]);
  });

  it('ends no session by halves when its owner tries again', async () => {
    const cells = await cellsOf('logout', 'sess');

    expect(await violationsOf(cells)).toEqual([]);
  });

  it('is noticed where a success was none', async () => {
    const found = await violationsOf([{ operation: LIE, number: 0, sequel: 'nothing' }]);

    expect(found).toContain('lie/0/none/nothing: ended session lives, its cookie is good');
  });
});
