import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Acknowledgement } from '../shared-session/shared-session.contract.js';
import { LateAnswers } from './late-answers.js';

const OK: Acknowledgement = { ok: true, data: null };
const refusal = (code: string): Acknowledgement => ({ ok: false, error: { code, message: '' } });

describe('LateAnswers', () => {
  let told: boolean[];
  let answers: LateAnswers;

  /** Asks something that is answered after so many ms, or not at all within 5 s. */
  function ask(ms: number, answer: Acknowledgement | null = OK): void {
    const asked = new Promise<Acknowledgement>((resolve, reject) => {
      setTimeout(() => {
        if (answer) resolve(answer);
        else reject(new Error('no answer'));
      }, ms);
    });
    answers.watch(asked).catch(() => undefined);
  }

  beforeEach(() => {
    jest.useFakeTimers();
    told = [];
    answers = new LateAnswers((isLate) => told.push(isLate));
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('says after 2 s that an answer is late, and when it has come that it is not', async () => {
    ask(3000);
    await jest.advanceTimersByTimeAsync(1999);
    expect(told).toEqual([]);

    await jest.advanceTimersByTimeAsync(1);
    expect(told).toEqual([true]);
    await jest.advanceTimersByTimeAsync(1000);

    expect(told).toEqual([true, false]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('goes on being late when no answer comes at all, until one does', async () => {
    ask(5000, null);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(told).toEqual([true]);

    ask(100);
    await jest.advanceTimersByTimeAsync(100);

    expect(told).toEqual([true, false]);
  });

  it('is late as long as any answer is, whatever else is answered', async () => {
    ask(4000);
    await jest.advanceTimersByTimeAsync(2000);

    ask(100);
    await jest.advanceTimersByTimeAsync(100);
    expect(told).toEqual([true]);
    await jest.advanceTimersByTimeAsync(1900);

    expect(told).toEqual([true, false]);
  });

  it('takes an answer that the server cannot for a late one, and no other refusal', async () => {
    ask(100, refusal('UNAVAILABLE'));
    await jest.advanceTimersByTimeAsync(100);
    expect(told).toEqual([true]);

    ask(100, refusal('LIMIT_EXCEEDED'));
    await jest.advanceTimersByTimeAsync(100);

    expect(told).toEqual([true, false]);
  });
});
