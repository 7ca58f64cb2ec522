import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { ErrorReply, SocketClosedUnexpectedlyError } from 'redis';
import { SessionStoreUnavailableError } from '../shared-session.errors.js';
import { CommandTimeoutError } from './command-timeout.js';
import { doOrUndo } from './do-or-undo.js';

const lost = (): Error => new SessionStoreUnavailableError(new SocketClosedUnexpectedlyError());

describe('doOrUndo', () => {
  const calls: string[] = [];
  let isReachable: Promise<void>;
  let reach: () => void;

  /** Work that goes as the outcomes say, one after the other, and is done after that. */
  function working(...outcomes: (Error | Promise<string>)[]) {
    const call = (name: string) => async (): Promise<string> => {
      calls.push(name);
      const outcome = (await outcomes.shift()) ?? 'done';
      if (outcome instanceof Error) throw outcome;
      return outcome;
    };
    return {
      work: call('work'),
      again: call('again'),
      undo: call('undo'),
      untilReachable: () => isReachable,
    };
  }

  async function untilCalled(times: number): Promise<void> {
    while (calls.length < times) await turn();
  }

  beforeEach(() => {
    calls.length = 0;
    isReachable = new Promise((resolve) => {
      reach = resolve;
    });
  });

  it('does once more what nobody knows the outcome of', async () => {
    reach();

    await expect(doOrUndo(working(lost()))).resolves.toBe('done');
    expect(calls).toEqual(['work', 'again']);
  });

  it('undoes what it told that it failed, when Redis is back', async () => {
    const failure = lost();

    await expect(doOrUndo(working(failure), 0)).rejects.toBe(failure);
    expect(calls).toEqual(['work']);
    reach();

    await untilCalled(2);
    expect(calls).toEqual(['work', 'undo']);
  });

  it('undoes it too if the second try succeeds too late', async () => {
    let finish: (done: string) => void = () => undefined;
    const late = new Promise<string>((resolve) => {
      finish = resolve;
    });
    reach();

    await expect(doOrUndo(working(lost(), late), 100)).rejects.toThrow();
    expect(calls).toEqual(['work', 'again']);
    finish('done');

    await untilCalled(3);
    expect(calls).toEqual(['work', 'again', 'undo']);
  });

  it('goes on with undoing while Redis goes away again', async () => {
    await expect(doOrUndo(working(lost(), lost()), 0)).rejects.toThrow();
    reach();

    await untilCalled(3);
    expect(calls).toEqual(['work', 'undo', 'undo']);
  });

  it.each([
    ['was not sent', new CommandTimeoutError(false, Promise.resolve())],
    ['Redis refuses for good', new ErrorReply('WRONGTYPE Operation against a key')],
  ])('tries nothing again that %s', async (_, cause) => {
    const failure = new SessionStoreUnavailableError(cause);
    reach();

    await expect(doOrUndo(working(failure))).rejects.toBe(failure);
    expect(calls).toEqual(['work']);
  });
});
