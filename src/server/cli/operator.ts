import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { Sessions } from '../../shared-session/index.js';
import { AccountsService } from '../accounts/accounts.service.js';
import { AppModule } from '../app.module.js';
import { EnvironmentError, readEnvironment } from '../config/environment.js';

const USAGE = `Usage:
  npm run operator -- roles <email> [role…]   sets the account's roles; none takes all away
  npm run operator -- end <email>             ends all sessions of the account
It acts on the Redis at REDIS_URL, live: open sockets follow at once.`;

/** What is wrong with the command line. */
class OperatorError extends Error {}

async function operate([command, email, ...roles]: readonly string[]): Promise<string> {
  if ((command !== 'roles' && command !== 'end') || !email) throw new OperatorError(USAGE);
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
    logger: false,
    abortOnError: false,
  });
  try {
    const accounts = app.get(AccountsService, { strict: false });
    const sessions = app.get(Sessions, { strict: false });
    const account = await accounts.findByEmail(email.toLowerCase());
    if (!account) throw new OperatorError(`There is no account with the address ${email}.`);
    const principal = { kind: 'user', id: account.id } as const;
    if (command === 'end') {
      await sessions.endAll(principal);
      return `Ended all sessions of ${email}.`;
    }
    // The account first: whoever signs in from now on has the new roles.
    await accounts.setRoles(account.id, roles);
    await sessions.updateAll(principal, (data) => {
      if (data.user) data.user = { ...data.user, roles };
    });
    return `${email} now has ${roles.length > 0 ? `the roles ${roles.join(', ')}` : 'no roles'}.`;
  } finally {
    await app.close();
  }
}

try {
  console.log(await operate(process.argv.slice(2)));
} catch (error) {
  const isPlain = error instanceof OperatorError || error instanceof EnvironmentError;
  console.error(isPlain ? error.message : error);
  process.exitCode = 1;
}
