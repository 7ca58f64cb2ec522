import { type DynamicModule, Module } from '@nestjs/common';
import { ContractController, SERVED_ROUTES } from './contract.controller.js';
import { routesOf } from './routes.js';

@Module({})
export class ContractModule {
  /** @param server what decides which routes there are */
  static forRoot(server: Parameters<typeof routesOf>[0]): DynamicModule {
    return {
      module: ContractModule,
      controllers: [ContractController],
      providers: [{ provide: SERVED_ROUTES, useValue: routesOf(server) }],
    };
  }
}
