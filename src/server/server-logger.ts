import type { LoggerService } from '@nestjs/common';
import { destination, type Logger, pino, stdTimeFunctions } from 'pino';
import { isAuditLine } from './audit/audit-line.js';
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

interface LogSettings {
  readonly level: LogLevel;
  readonly nodeName: string;
  /** A file descriptor. @defaultValue 1: the standard output */
  readonly to?: number;
}

/**
 * Writes one JSON object a line, at once: the last one before the end of a process is there too. What Nest says of its
 * own start is for `debug` only; what the audit log says is written whatever the level is.
 */
export class ServerLogger implements LoggerService {
  readonly #pino: Logger;
  readonly #audit: Logger;

  constructor({ level, nodeName, to = 1 }: LogSettings) {
    const settings = {
      level,
      base: { node: nodeName },
      messageKey: 'message',
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }) },
    };
    this.#pino = pino(settings, destination({ fd: to, sync: true }));
    this.#audit = this.#pino.child({}, { level: 'info' });
  }

  log(message: unknown, ...rest: unknown[]): void {
    const context = String(rest.at(-1));
    if (isAuditLine(message)) this.#audit.info(message);
    else this.#write(CHATTER.includes(context) ? 'debug' : 'info', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.#write('fatal', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.#write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.#write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.#write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.#write('debug', message, rest);
  }

  /** @param rest as Nest gives it: a stack, perhaps, and the context at the end */
  #write(level: LogLevel, message: unknown, rest: readonly unknown[]): void {
    const context = rest.at(-1);
    const [given] = rest.length > 1 ? rest : [];
    const stack = message instanceof Error ? message.stack : given;
    this.#pino[level]({ context, stack }, textOf(message));
  }
}

function textOf(message: unknown): string {
  if (message instanceof Error) return message.message;
  return typeof message === 'string' ? message : JSON.stringify(message);
}
