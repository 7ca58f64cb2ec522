import type { ProviderLogin } from '../../shared-session/index.js';

/** Who has logged in at the identity provider, as that says. */
export interface ProviderIdentity {
  readonly login: ProviderLogin;
  readonly email?: string | undefined;
  readonly name?: string | undefined;
}
