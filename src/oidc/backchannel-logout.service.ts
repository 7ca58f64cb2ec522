import { Injectable } from '@nestjs/common';
import { ProviderSessions, UsedTokens } from '../shared-session/index.js';
import { LOGOUT_TOKEN, logoutSubject } from './logout-token.js';
import { RefusedTokenError } from './token.errors.js';
import { TokenVerifier } from './token-verifier.js';

/** Ends the sessions that a provider's logout token names. */
@Injectable()
export class BackchannelLogout {
  constructor(
    private readonly verifier: TokenVerifier,
    private readonly sessions: ProviderSessions,
    private readonly used: UsedTokens,
  ) {}

  /**
   * Takes a logout token, once. It is used up when the sessions have ended: after a failure the provider tries again.
   *
   * @throws RefusedTokenError for one that is not taken; nothing has changed then
   * @throws KeysUnavailableError, SessionStoreUnavailableError when another try may succeed
   */
  async take(token: string): Promise<void> {
    const verified = await this.verifier.verify(token, LOGOUT_TOKEN);
    const subject = logoutSubject(verified);
    const { issuer, id, keptMs } = verified;
    if (await this.used.has(issuer, id)) throw replay();
    await this.sessions.end(subject);
    if (!(await this.used.add(issuer, id, keptMs))) throw replay();
  }
}

function replay(): RefusedTokenError {
  return new RefusedTokenError('The token was used already.');
}
