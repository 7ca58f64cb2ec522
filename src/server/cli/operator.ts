import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { CodedError } from '../../shared-session/index.js';
import { AccountsService } from '../accounts/accounts.service.js';
import { AppModule } from '../app.module.js';
import { EnvironmentError, readEnvironment } from '../config/environment.js';
import { OperatorsService } from '../operators/operators.service.js';
import { ServerLogger } from '../server-logger.js';
import { commandOf, OperatorError } from './commands.js';

async function operate([name, ...args]: readonly string[]): Promise<string> {
  const command = commandOf(name);
  const environment = readEnvironment(process.env);
  if (environment.redisUrl === undefined) {
    throw new OperatorError('REDIS_URL is not set, so there is no server to operate on.');
  }
  const settings = {
    ...environment,
    demoAccounts: false,
    nodeName: `operator-${String(process.pid)}`,
  };
  const app = await NestFactory.createApplicationContext(AppModule.forRoot(settings), {
    // What was done is in the audit log, wherever it was done; what is told to whoever asked is the standard output.
    logger: new ServerLogger({ level: 'fatal', nodeName: settings.nodeName, to: 2 }),
    abortOnError: false,
  });
  try {
    const operators = app.get(OperatorsService, { strict: false });
    const accounts = app.get(AccountsService, { strict: false });
    return await command({ operators, accounts }, args);
  } finally {
    await app.close();
  }
}

const PLAIN = [OperatorError, EnvironmentError, CodedError];

try {
  console.log(await operate(process.argv.slice(2)));
} catch (error) {
  const isPlain = PLAIN.some((kind) => error instanceof kind);
  console.error(isPlain ? (error as Error).message : error);
  process.exitCode = 1;
}
