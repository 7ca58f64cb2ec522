import { ConsoleLogger } from '@nestjs/common';
import type { LogLevel } from './config/environment.js';

/** Where Nest tells of every module, route and event at start: 40 lines that nobody reads. */
const CHATTER = [
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'WebSocketsController',
  'NestApplication',
];
const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug'] as const;

/** Writes one JSON object a line. What Nest says of its own start is for `debug` only. */
export class ServerLogger extends ConsoleLogger {
  readonly #isTalkative: boolean;

  constructor(least: LogLevel) {
    const chosen = LEVELS.slice(0, LEVELS.indexOf(least) + 1);
    super({ json: true, logLevels: chosen.map((level) => (level === 'info' ? 'log' : level)) });
    this.#isTalkative = least === 'debug';
  }

  override log(message: unknown, ...rest: unknown[]): void {
    const isChatter = CHATTER.includes(String(rest.at(-1)));
    if (this.#isTalkative || !isChatter) super.log(message, ...(rest as [string]));
  }
}
