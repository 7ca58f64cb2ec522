import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { stopAfterwards } from '../../support/cleanup.js';
import { eventually } from '../../../src/testing/eventually.js';
import { percentile } from '../../support/program.js';
import type { HealthyFigures } from './healthy-user.js';

const PROGRAM = fileURLToPath(new URL('healthy-user.js', import.meta.url));

/** What a user of one node waits for an acknowledged event, in ms. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly events: number;
}

/** Users who want nothing but use the nodes, one each. */
export class HealthyUsers {
  private constructor(private readonly child: ChildProcess) {
    stopAfterwards(() => child.kill('SIGKILL'));
  }

  /**
   * Resolves when each of them has had an answer.
   *
   * @param everyMs how long each waits between two events
   */
  static async start(nodes: readonly URL[], everyMs = 20): Promise<HealthyUsers> {
    const users = new HealthyUsers(
      fork(
        PROGRAM,
        nodes.map(({ href }) => href),
        { env: { ...process.env, EVERY_MS: String(everyMs) } },
      ),
    );
    const waiting = new Set(nodes.keys());
    await eventually(async () => {
      const { latencies } = await users.figures();
      for (const [index, { events }] of latencies.entries()) if (events > 0) waiting.delete(index);
      return waiting.size === 0;
    });
    return users;
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }

  /** What they saw since the last question, by node. */
  async figures(): Promise<{ latencies: Latency[]; troubles: readonly string[] }> {
    const answer = once(this.child, 'message') as Promise<[HealthyFigures]>;
    this.child.send('figures');
    const [{ tookMs, troubles }] = await answer;
    const latencies = tookMs.map((values) => ({
      p50: percentile(values, 0.5),
      p99: percentile(values, 0.99),
      events: values.length,
    }));
    return { latencies, troubles };
  }
}
