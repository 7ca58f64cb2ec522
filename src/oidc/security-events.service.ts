import { Inject, Injectable } from '@nestjs/common';
import { ProviderSessions, UsedTokens } from '../shared-session/index.js';
import { OIDC_OPTIONS } from './oidc.module-definition.js';
import type { OidcOptions } from './oidc.options.js';
import { SECURITY_EVENT_TOKEN, type SecurityEvent, securityEvents } from './security-event.js';
import { TokenVerifier } from './token-verifier.js';

/** Does to sessions what a security event token asks for. */
@Injectable()
export class SecurityEvents {
  constructor(
    private readonly verifier: TokenVerifier,
    private readonly sessions: ProviderSessions,
    private readonly used: UsedTokens,
    @Inject(OIDC_OPTIONS) private readonly options: OidcOptions,
  ) {}

  /**
   * Takes a token. One that was taken before is acknowledged again, and nothing more.
   *
   * @throws RefusedTokenError for one that is not taken; nothing has changed then
   * @throws KeysUnavailableError, SessionStoreUnavailableError when another try may succeed
   */
  async take(token: string): Promise<void> {
    const verified = await this.verifier.verify(token, SECURITY_EVENT_TOKEN);
    const events = securityEvents(verified);
    const { issuer, id, keptMs } = verified;
    if (await this.used.has(issuer, id)) return;
    for (const event of events) await this.#act(event);
    await this.used.add(issuer, id, keptMs);
  }

  async #act(event: SecurityEvent): Promise<void> {
    const { onClaimsChange } = this.options;
    if (event.does === 'end') await this.sessions.end(event.subject);
    if (event.does !== 'change' || !onClaimsChange) return;
    const { subject, claims } = event;
    await this.sessions.updateAll(subject, (data) => {
      onClaimsChange(data, claims);
    });
  }
}
