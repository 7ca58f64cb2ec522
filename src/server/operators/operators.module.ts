import { type DynamicModule, Module } from '@nestjs/common';
import { HealthModule } from '../health/health.module.js';
import { NodeReporter } from './node-reporter.js';
import { NodeReportsRepository } from './node-reports.repository.js';
import { OperatorsController } from './operators.controller.js';
import { OperatorsService } from './operators.service.js';

@Module({})
export class OperatorsModule {
  /** @param accounts the module that has them */
  static forRoot(accounts: DynamicModule): DynamicModule {
    return {
      module: OperatorsModule,
      imports: [accounts, HealthModule],
      controllers: [OperatorsController],
      providers: [OperatorsService, NodeReporter, NodeReportsRepository],
    };
  }
}
