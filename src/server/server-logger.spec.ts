import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LogLevel } from './config/environment.js';
import { ServerLogger } from './server-logger.js';

describe('ServerLogger', () => {
  let folder: string;
  let file: string;
  let to: number;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'log-'));
    file = join(folder, 'log');
    to = openSync(file, 'w');
  });

  afterEach(() => {
    closeSync(to);
    rmSync(folder, { recursive: true });
  });

  const logger = (level: LogLevel = 'info') => new ServerLogger({ level, nodeName: 'alpha', to });
  const lines = () =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it('writes a line of JSON with level, time in UTC, node, context and message', () => {
    logger().warn('Something is odd', 'Somewhere');

    expect(lines()).toEqual([
      {
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        node: 'alpha',
        context: 'Somewhere',
        message: 'Something is odd',
      },
    ]);
  });

  it('keeps what has line ends and control characters in it on one line', () => {
    const message = 'a\r\n{"level":"fatal"}\u2028\0\u001b[31mred\n';

    logger().log(message, 'Some\nwhere');

    expect(lines()).toHaveLength(1);
    expect(lines()[0]).toMatchObject({ message, context: 'Some\nwhere' });
  });

  it('has the stack of an error, however it is given', () => {
    const error = new Error('broken');

    logger().error('A handler failed', error.stack, 'Somewhere');
    logger().error(error, 'Somewhere');

    expect(lines()).toMatchObject([
      { message: 'A handler failed', stack: error.stack, context: 'Somewhere' },
      { message: 'broken', stack: error.stack, context: 'Somewhere' },
    ]);
  });

  it.each<[LogLevel, string[]]>([
    ['error', ['fatal', 'error']],
    ['info', ['fatal', 'error', 'warn', 'info']],
    ['debug', ['fatal', 'error', 'warn', 'info', 'debug', 'debug', 'debug']],
  ])('writes, at %s, %j', (level, expected) => {
    const log = logger(level);

    log.fatal('message');
    log.error('message');
    log.warn('message');
    log.log('message');
    log.log('A route was mapped', 'RouterExplorer');
    log.debug('message');
    log.verbose('message');

    expect(lines().map((line) => line['level'])).toEqual(expected);
  });

  it('writes the audit log whatever the level is', () => {
    logger('fatal').log({ audit: 'session.started', count: 1 }, 'Audit');

    expect(lines()).toMatchObject([{ audit: 'session.started', level: 'info', node: 'alpha' }]);
  });
});
