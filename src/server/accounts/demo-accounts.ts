import { Logger } from '@nestjs/common';
import type { Registration } from './accounts.contract.js';
import { EmailTakenError } from './accounts.errors.js';
import type { AccountsService } from './accounts.service.js';

const PASSWORD = 'correct horse battery';
const DEMO_ACCOUNTS: readonly Registration[] = [
  { email: 'ada@example.com', name: 'Ada', password: PASSWORD },
  { email: 'grace@example.com', name: 'Grace', password: PASSWORD },
];

/** Creates the demo accounts that are not there yet. Their password is public: never in production. */
export async function createDemoAccounts(accounts: AccountsService): Promise<void> {
  for (const account of DEMO_ACCOUNTS) {
    await accounts.register(account).catch((error: unknown) => {
      if (!(error instanceof EmailTakenError)) throw error;
    });
  }
  const emails = DEMO_ACCOUNTS.map(({ email }) => email).join(' and ');
  new Logger('DemoAccounts').log(`Sign in as ${emails} with the password "${PASSWORD}"`);
}
