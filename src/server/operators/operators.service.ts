import { Injectable } from '@nestjs/common';
import {
  CodedError,
  type Principal,
  Sessions,
  SocketPresence,
} from '../../shared-session/index.js';
import type { Account } from '../accounts/accounts.repository.js';
import { AccountsService } from '../accounts/accounts.service.js';
import { AuditLog } from '../audit/audit-log.js';
import type { NodeReport } from './node-report.js';
import { NodeReportsRepository } from './node-reports.repository.js';
import type { AdminAccount, AdminSession } from './operators.contract.js';

/**
 * What operators do to accounts and their sessions, from a route or from the shell. Open sockets follow at once.
 *
 * Every method that takes an account throws CodedError `NOT_FOUND` if there is none.
 */
@Injectable()
export class OperatorsService {
  constructor(
    private readonly accounts: AccountsService,
    private readonly sessions: Sessions,
    private readonly presence: SocketPresence,
    private readonly reports: NodeReportsRepository,
    private readonly audit: AuditLog,
  ) {}

  async find(email: string): Promise<AdminAccount> {
    const { id, name, roles, suspended } = found(await this.accounts.findByEmail(email));
    this.audit.note({ audit: 'operator.looked', account: id });
    return { id, email, name, roles, suspended };
  }

  /** The newest first. */
  async sessionsOf(id: string): Promise<AdminSession[]> {
    const principal = await this.#principalOf(id);
    const [sessions, sockets] = await Promise.all([
      this.sessions.list(principal),
      this.presence.count(principal),
    ]);
    this.audit.note({ audit: 'operator.looked', reason: 'sessions', account: id });
    return sessions.map(({ startedAt, lastSeenAt, ...session }) => ({
      ...session,
      signedInAt: new Date(startedAt).toISOString(),
      lastSeenAt: new Date(lastSeenAt).toISOString(),
      sockets: sockets.get(session.handle) ?? 0,
    }));
  }

  async endAll(id: string): Promise<void> {
    await this.sessions.endAll(await this.#principalOf(id));
    this.audit.note({ audit: 'operator.ended', reason: 'all', account: id });
  }

  /** @throws CodedError `NOT_FOUND` too when the account has no such session */
  async end(id: string, handle: string): Promise<void> {
    const ended = await this.sessions.endByHandle(await this.#principalOf(id), handle);
    if (!ended) throw new CodedError('NOT_FOUND', 'The account has no such session.');
    this.audit.note({ audit: 'operator.ended', reason: 'one', account: id });
  }

  /** The account first: a sign-in under way finds that, or its session is among those that end. */
  async suspend(id: string): Promise<void> {
    const principal = await this.#principalOf(id);
    await this.accounts.setSuspended(id, true);
    this.audit.note({ audit: 'account.suspended', account: id });
    await this.sessions.endAll(principal, 'suspended');
  }

  async resume(id: string): Promise<void> {
    await this.#principalOf(id);
    await this.accounts.setSuspended(id, false);
    this.audit.note({ audit: 'account.resumed', account: id });
  }

  /** The account first: whoever signs in from now on has the new roles. */
  async setRoles(id: string, roles: readonly string[]): Promise<void> {
    const principal = await this.#principalOf(id);
    await this.accounts.setRoles(id, roles);
    this.audit.note({ audit: 'roles.changed', reason: roles.join(' '), account: id });
    await this.sessions.updateAll(principal, (data) => {
      if (data.user) data.user = { ...data.user, roles };
    });
  }

  /** Every node that lives, by name, as it was some seconds ago. */
  nodes(): Promise<NodeReport[]> {
    return this.reports.all();
  }

  async #principalOf(id: string): Promise<Principal> {
    found(await this.accounts.find(id));
    return { kind: 'user', id };
  }
}

function found(account: Account | undefined): Account {
  if (account) return account;
  throw new CodedError('NOT_FOUND', 'There is no account like that.');
}
