import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { SharedSessionWorkerOptions } from './worker-options.js';

const definition = new ConfigurableModuleBuilder<SharedSessionWorkerOptions>({
  moduleName: 'SharedSessionWorker',
})
  .setClassMethodName('forWorker')
  .setExtras({ isGlobal: true }, (module, { isGlobal }) => ({ ...module, global: isGlobal }))
  .build();

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: WORKER_OPTIONS } = definition;

/** What `SharedSessionModule.forWorker()` takes. */
export type WorkerModuleOptions = typeof definition.OPTIONS_TYPE;
/** What `SharedSessionModule.forWorkerAsync()` takes. */
export type WorkerModuleAsyncOptions = typeof definition.ASYNC_OPTIONS_TYPE;
