import {
  type DynamicModule,
  Inject,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { OidcModule } from '../../oidc/index.js';
import { CartModule } from '../cart/cart.module.js';
import { AccountsRepository } from './accounts.repository.js';
import { AccountsService } from './accounts.service.js';
import { AuthController } from './auth.controller.js';
import { createDemoAccounts } from './demo-accounts.js';
import { DeviceCookie, rememberDevice } from './device-cookie.js';
import { Passwords } from './passwords.js';
import { IdentityProvider, type ProviderSettings } from './provider-login/identity-provider.js';
import { ProviderLoginController } from './provider-login/provider-login.controller.js';
import { SignInLimits } from './sign-in-limits.js';
import { SignInService } from './sign-in.service.js';
import { UserController } from './user.controller.js';

const WITH_DEMO_ACCOUNTS = Symbol('with demo accounts');

/** What accounts need to know. */
export interface AccountsSettings {
  readonly demoAccounts: boolean;
  /** Where users may log in beside here. */
  readonly provider: ProviderSettings | undefined;
  /** Sign the cookies of known devices; newest first. */
  readonly secrets: readonly string[];
  readonly isSecure: boolean;
}

@Module({})
export class AccountsModule implements NestModule, OnApplicationBootstrap {
  static forRoot({ demoAccounts, provider, ...device }: AccountsSettings): DynamicModule {
    return {
      module: AccountsModule,
      imports: [CartModule, ...(provider ? [OidcModule.forRoot({ providers: [provider] })] : [])],
      controllers: [AuthController, UserController, ...(provider ? [ProviderLoginController] : [])],
      providers: [
        AccountsRepository,
        AccountsService,
        Passwords,
        SignInService,
        SignInLimits,
        { provide: DeviceCookie, useValue: new DeviceCookie(device) },
        { provide: WITH_DEMO_ACCOUNTS, useValue: demoAccounts },
        ...(provider
          ? [{ provide: IdentityProvider, useFactory: () => new IdentityProvider(provider) }]
          : []),
      ],
      exports: [AccountsService],
    };
  }

  constructor(
    private readonly accounts: AccountsService,
    private readonly devices: DeviceCookie,
    @Inject(WITH_DEMO_ACCOUNTS) private readonly withDemoAccounts: boolean,
  ) {}

  /** At the page's first call after a login: the login's own answer sets the session's cookie alone. */
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(rememberDevice(this.devices)).forRoutes('session');
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.withDemoAccounts) await createDemoAccounts(this.accounts);
  }
}
