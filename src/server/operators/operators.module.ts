import { type DynamicModule, Module } from '@nestjs/common';
import { HealthModule } from '../health/health.module.js';
import { NODE_NAME, NodeReporter } from './node-reporter.js';
import { NodeReportsRepository } from './node-reports.repository.js';
import { OperatorsController } from './operators.controller.js';
import { OperatorsService } from './operators.service.js';

@Module({})
export class OperatorsModule {
  /** @param settings the node's name, and the module that has the accounts */
  static forRoot(settings: { nodeName: string; accounts: DynamicModule }): DynamicModule {
    return {
      module: OperatorsModule,
      imports: [settings.accounts, HealthModule],
      controllers: [OperatorsController],
      providers: [
        OperatorsService,
        NodeReporter,
        NodeReportsRepository,
        { provide: NODE_NAME, useValue: settings.nodeName },
      ],
    };
  }
}
