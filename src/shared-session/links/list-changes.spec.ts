import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ListChanges } from './list-changes.js';

const ADA = { kind: 'user', id: 'ada' } as const;
const GRACE = { kind: 'user', id: 'grace' } as const;

describe('changes of a list', () => {
  let told: string[];
  let changes: ListChanges;

  beforeEach(() => {
    jest.useFakeTimers();
    told = [];
    changes = new ListChanges(({ id }) => told.push(id));
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('are told at once, and then once a second', () => {
    for (let ms = 0; ms < 3000; ms += 10) {
      changes.note(ADA);
      jest.advanceTimersByTime(10);
    }

    expect(told).toEqual(['ada', 'ada', 'ada', 'ada']);
  });

  it('are told once more where the last came within the second', () => {
    changes.note(ADA);
    changes.note(ADA);
    expect(told).toEqual(['ada']);

    jest.advanceTimersByTime(1000);
    expect(told).toEqual(['ada', 'ada']);

    jest.advanceTimersByTime(10_000);
    expect(told).toEqual(['ada', 'ada']);
  });

  it('of one principal hold up nobody else’s', () => {
    changes.note(ADA);
    changes.note(GRACE);

    expect(told).toEqual(['ada', 'grace']);
  });

  it('are told at once when the node shuts down', () => {
    changes.note(ADA);
    changes.note(ADA);

    changes.close();
    expect(told).toEqual(['ada', 'ada']);

    changes.note(ADA);
    expect(told).toEqual(['ada', 'ada', 'ada']);
  });
});
