import { type DynamicModule, Inject, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { CartModule } from '../cart/cart.module.js';
import { AccountsRepository } from './accounts.repository.js';
import { AccountsService } from './accounts.service.js';
import { AuthController } from './auth.controller.js';
import { createDemoAccounts } from './demo-accounts.js';
import { Passwords } from './passwords.js';
import { SignInService } from './sign-in.service.js';
import { UserController } from './user.controller.js';

const WITH_DEMO_ACCOUNTS = Symbol('with demo accounts');

@Module({})
export class AccountsModule implements OnApplicationBootstrap {
  static forRoot({ demoAccounts }: { demoAccounts: boolean }): DynamicModule {
    return {
      module: AccountsModule,
      imports: [CartModule],
      controllers: [AuthController, UserController],
      providers: [
        AccountsRepository,
        AccountsService,
        Passwords,
        SignInService,
        { provide: WITH_DEMO_ACCOUNTS, useValue: demoAccounts },
      ],
      exports: [AccountsService],
    };
  }

  constructor(
    private readonly accounts: AccountsService,
    @Inject(WITH_DEMO_ACCOUNTS) private readonly withDemoAccounts: boolean,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.withDemoAccounts) await createDemoAccounts(this.accounts);
  }
}
