import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { SharedSessionConfigError } from '../shared-session.errors.js';
import { type Finding, reportFindings } from './audit-findings.js';

const FOUND: Finding[] = [
  { what: 'One has no guard.', remedies: ['Put a guard on it.'] },
  { what: 'Another has no guard.', remedies: ['Put a guard on it.', 'Leave it out.'] },
];
const TOLD = [
  'One has no guard.',
  'Another has no guard.',
  'You may either:',
  '  1. Put a guard on it.',
  '  2. Leave it out.',
].join('\n');

describe('what an audit found', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('stops the start where it is strict, with all of it and each remedy once', () => {
    const report = (): void => {
      reportFindings(FOUND, 'strict');
    };

    expect(report).toThrow(SharedSessionConfigError);
    expect(report).toThrow(TOLD);
  });

  it('is one warning where it only warns, and nothing where it is off', () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);

    reportFindings(FOUND, 'off');
    expect(warn).not.toHaveBeenCalled();

    reportFindings(FOUND, 'warn');
    expect(warn.mock.calls).toEqual([[TOLD]]);
  });

  it('is nothing where nothing was found', () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);

    reportFindings([], 'strict');
    reportFindings([], 'warn');

    expect(warn).not.toHaveBeenCalled();
  });
});
