import { describe, expect, it, jest } from '@jest/globals';
import type { Acknowledgement } from '../shared-session/shared-session.contract.js';
import { operationId } from './operation-id.js';
import { OperationQueue } from './operation-queue.js';

const HOUR_MS = 3_600_000;

interface Made {
  readonly operationId: string;
}
type Answer = Acknowledgement<{ change: object }>;

const operation = (operationId: string): Made => ({ operationId });
const applied = { ok: true, data: { change: {} } } as Answer;
const refused = (code: 'LIMIT_EXCEEDED' | 'UNAVAILABLE' | 'INTERNAL'): Answer => ({
  ok: false,
  error: { code, message: '' },
});

/** A queue whose server gives these answers, one after another; undefined is no answer. */
function queueOn(...answers: (Answer | undefined)[]) {
  const sent: string[] = [];
  const queue = new OperationQueue<Made, object>(
    ({ operationId }) => {
      sent.push(operationId);
      const answer = answers.shift();
      return answer ? Promise.resolve(answer) : Promise.reject(new Error('no answer'));
    },
    () => undefined,
  );
  return { queue, sent };
}

describe('OperationQueue', () => {
  it('sends in order, one at a time', async () => {
    const { queue, sent } = queueOn(applied, applied, applied);

    await Promise.all(['a', 'b', 'c'].map((id) => queue.add(operation(id))));

    expect(sent).toEqual(['a', 'b', 'c']);
    expect(queue.pending).toEqual([]);
  });

  it('sends an operation again under its id when no answer came, before any later one', async () => {
    jest.useFakeTimers();
    const { queue, sent } = queueOn(undefined, refused('UNAVAILABLE'), applied, applied);

    const settled = Promise.all([queue.add(operation('a')), queue.add(operation('b'))]);
    await jest.advanceTimersByTimeAsync(5000);

    expect(await settled).toMatchObject([{ applied: true }, { applied: true }]);
    expect(sent).toEqual(['a', 'a', 'a', 'b']);
    jest.useRealTimers();
  });

  it('waits as long as the server says, no less and no more', async () => {
    jest.useFakeTimers();
    const error = { code: 'RATE_LIMITED', message: '', details: { retryAfterMs: 3000 } };
    const { queue, sent } = queueOn({ ok: false, error }, applied);

    const settled = queue.add(operation('a'));
    await jest.advanceTimersByTimeAsync(2999);
    expect(sent).toEqual(['a']);
    await jest.advanceTimersByTimeAsync(1);

    expect(sent).toEqual(['a', 'a']);
    expect(await settled).toMatchObject({ applied: true });
    jest.useRealTimers();
  });

  it('settles a refusal and goes on', async () => {
    const { queue } = queueOn(refused('LIMIT_EXCEEDED'), applied);

    const settled = await Promise.all([queue.add(operation('a')), queue.add(operation('b'))]);

    expect(settled).toMatchObject([
      { applied: false, error: { code: 'LIMIT_EXCEEDED' } },
      { applied: true },
    ]);
  });

  it('gives up on an operation that the server fails on again and again', async () => {
    jest.useFakeTimers();
    const bugs = Array.from({ length: 5 }, () => refused('INTERNAL'));
    const { queue, sent } = queueOn(...bugs, applied);

    const settled = Promise.all([queue.add(operation('a')), queue.add(operation('b'))]);
    await jest.advanceTimersByTimeAsync(60_000);

    expect(await settled).toMatchObject([{ applied: false }, { applied: true }]);
    expect(sent).toEqual(['a', 'a', 'a', 'a', 'a', 'b']);
    jest.useRealTimers();
  });

  it('settles everything exactly once when it is refused altogether, also what is under way', async () => {
    let answer: (answer: Answer) => void = () => undefined;
    const queue = new OperationQueue<Made, object>(
      () => new Promise((resolve) => (answer = resolve)),
      () => undefined,
    );
    const settled = Promise.all([queue.add(operation('a')), queue.add(operation('b'))]);

    queue.refuse({ code: 'SESSION_ENDED', message: '' });
    answer(applied);

    expect(await settled).toMatchObject([{ applied: false }, { applied: false }]);
    expect(queue.pending).toEqual([]);
  });

  it('never sends what is so old that the server may not know it again, and says so', async () => {
    jest.useFakeTimers();
    const { queue, sent } = queueOn(applied, undefined);
    const made = operation(operationId());
    jest.setSystemTime(Date.now() + 22 * HOUR_MS);
    expect(await queue.add(made)).toMatchObject({ applied: true });

    const late = queue.add(made);
    jest.setSystemTime(Date.now() + 2 * HOUR_MS);
    await jest.advanceTimersByTimeAsync(5000);

    expect(await late).toMatchObject({ applied: false, error: { code: 'EXPIRED' } });
    expect(sent).toEqual([made.operationId, made.operationId]);
    jest.useRealTimers();
  });

  it('refuses at once what is added after it was stopped, and tries nothing more', async () => {
    jest.useFakeTimers();
    const { queue, sent } = queueOn(undefined);
    const waiting = queue.add(operation('a'));

    queue.stop();
    const late = queue.add(operation('b'));
    await jest.advanceTimersByTimeAsync(0);

    expect(await late).toMatchObject({ applied: false });
    expect(await waiting).toMatchObject({ applied: false });
    expect(sent).toEqual(['a']);
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });
});
