import { Module } from '@nestjs/common';
import { BackchannelLogoutController } from './backchannel-logout.controller.js';
import { BackchannelLogout } from './backchannel-logout.service.js';
import { ConfigurableModuleClass, OIDC_OPTIONS } from './oidc.module-definition.js';
import { checkOidcOptions, type OidcOptions } from './oidc.options.js';
import { SecurityEventsController } from './security-events.controller.js';
import { SecurityEvents } from './security-events.service.js';
import { TokenVerifier } from './token-verifier.js';

/**
 * Receives what identity providers tell of their users, and brings it to sessions and their connections on every node:
 * `POST /backchannel-logout`, and `POST /security-events` for Shared Signals. Sessions are found by what `Sessions.signIn()` was told as `idp`. Beside `SharedSessionModule`.
 *
 * @example
 * OidcModule.forRoot({ providers: [{ issuer: 'https://login.example', clientId: 'shop' }] })
 *
 * @throws SharedSessionConfigError at the start, naming the first option that cannot work
 */
@Module({
  controllers: [BackchannelLogoutController, SecurityEventsController],
  providers: [
    {
      provide: TokenVerifier,
      inject: [OIDC_OPTIONS],
      useFactory: (options: OidcOptions) => new TokenVerifier(checkOidcOptions(options)),
    },
    BackchannelLogout,
    SecurityEvents,
  ],
})
export class OidcModule extends ConfigurableModuleClass {}
