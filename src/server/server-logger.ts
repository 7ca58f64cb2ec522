import { ConsoleLogger } from '@nestjs/common';
import { LOG_LEVELS, type LogLevel } from './config/environment.js';

/** Where Nest tells of every module, route and event at start: 40 lines that nobody reads. */
const CHATTER = [
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'WebSocketsController',
  'NestApplication',
];

/** Writes one JSON object a line. What Nest says of its own start is for `debug` only. */
export class ServerLogger extends ConsoleLogger {
  readonly #isTalkative: boolean;

  constructor(least: LogLevel) {
    const chosen = LOG_LEVELS.slice(0, LOG_LEVELS.indexOf(least) + 1);
    super({ json: true, logLevels: chosen.map((level) => (level === 'info' ? 'log' : level)) });
    this.#isTalkative = least === 'debug';
  }

  override log(message: unknown, ...rest: unknown[]): void {
    const isChatter = CHATTER.includes(String(rest.at(-1)));
    if (this.#isTalkative || !isChatter) super.log(message, ...(rest as [string]));
  }
}
