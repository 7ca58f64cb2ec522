import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';

/** What Nest's loggers are given from here on, a line each, until `jest.restoreAllMocks()`. */
export function listen(level: 'warn' | 'error'): string[] {
  const lines: string[] = [];
  jest
    .spyOn(Logger.prototype, level)
    .mockImplementation((line: unknown) => void lines.push(String(line)));
  return lines;
}
