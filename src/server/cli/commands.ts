import { CodedError } from '../../shared-session/index.js';
import { Email } from '../accounts/accounts.contract.js';
import type { AccountsService } from '../accounts/accounts.service.js';
import { RolesChange } from '../operators/operators.contract.js';
import type { OperatorsService } from '../operators/operators.service.js';
import { deviceLine, nodeLine } from './lines.js';

export const USAGE = `Usage:
  npm run operator -- sessions <email>        lists the sessions of the account
  npm run operator -- end <email> [handle]    ends one session of the account, or all
  npm run operator -- suspend <email>         ends all, and lets nobody sign in to the account
  npm run operator -- resume <email>          lets it sign in again
  npm run operator -- roles <email> [role…]   sets the account's roles; none takes all away
  npm run operator -- who                     shows who is connected, by node
  npm run operator -- node [name]             shows how every node is, or one
It acts on the Redis at REDIS_URL, live: open sockets follow at once.`;

/** What is wrong with the command line. */
export class OperatorError extends Error {}

export interface Tools {
  readonly operators: OperatorsService;
  readonly accounts: AccountsService;
}

type Command = (tools: Tools, args: readonly string[]) => Promise<string>;

const COMMANDS: Readonly<Record<string, Command>> = {
  async sessions({ operators }, [email]) {
    const { id } = await accountAt(operators, email);
    const sessions = await operators.sessionsOf(id);
    return sessions.map(deviceLine).join('\n') || 'It has no sessions.';
  },

  async end({ operators }, [email, handle]) {
    const account = await accountAt(operators, email);
    if (handle === undefined) await operators.endAll(account.id);
    else await operators.end(account.id, handle);
    return `Ended ${handle === undefined ? 'all sessions' : 'a session'} of ${account.email}.`;
  },

  async suspend({ operators }, [email]) {
    const account = await accountAt(operators, email);
    await operators.suspend(account.id);
    return `${account.email} is suspended; all its sessions ended.`;
  },

  async resume({ operators }, [email]) {
    const account = await accountAt(operators, email);
    await operators.resume(account.id);
    return `${account.email} may sign in again.`;
  },

  async roles({ operators }, [email, ...given]) {
    const account = await accountAt(operators, email);
    const { data, error } = RolesChange.safeParse({ roles: given });
    if (error) throw new OperatorError(error.issues.map(({ message }) => message).join('\n'));
    await operators.setRoles(account.id, data.roles);
    const roles = data.roles.length > 0 ? `the roles ${data.roles.join(', ')}` : 'no roles';
    return `${account.email} now has ${roles}.`;
  },

  async who({ operators, accounts }) {
    const nodes = await operators.nodes();
    const blocks = nodes.map(async ({ name, sockets, guests, users, who }) => {
      const lines = who.map(async ({ id, sockets: count }) => {
        const account = await accounts.find(id);
        return `  ${account?.email ?? id}  ${plural(count, 'socket')}`;
      });
      const others = users > who.length ? [`  and ${plural(users - who.length, 'user')} more`] : [];
      const sum = `${plural(sockets, 'socket')} of ${plural(users, 'user')} and ${plural(guests, 'guest')}`;
      return [`${name}: ${sum}`, ...(await Promise.all(lines)), ...others].join('\n');
    });
    return (await Promise.all(blocks)).join('\n') || NO_NODE;
  },

  async node({ operators }, [name]) {
    const all = await operators.nodes();
    const nodes = name === undefined ? all : all.filter((each) => each.name === name);
    return nodes.map(nodeLine).join('\n') || NO_NODE;
  },
};

async function accountAt(operators: OperatorsService, email: string | undefined) {
  const address = emailIn(email);
  return operators.find(address).catch((error: unknown) => {
    const isUnknown = error instanceof CodedError && error.code === 'NOT_FOUND';
    throw isUnknown ? new OperatorError(`There is no account with the address ${address}.`) : error;
  });
}

const NO_NODE = 'No such node has reported in the last 15 s.';

/** The command of that name. @throws OperatorError, which says how the program is used */
export function commandOf(name: string | undefined): Command {
  const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new OperatorError(USAGE);
  return command;
}

function emailIn(text: string | undefined): string {
  const { data } = Email.safeParse(text);
  if (data === undefined) throw new OperatorError(USAGE);
  return data;
}

function plural(count: number, what: string): string {
  return `${String(count)} ${what}${count === 1 ? '' : 's'}`;
}
