import { type DynamicModule, Module } from '@nestjs/common';
import { MetricsEndpoint, type MetricsSettings } from './metrics-endpoint.js';

/** Measures this node, and serves that to Prometheus; or neither, without a port. */
@Module({})
export class MetricsModule {
  static forRoot({ port, ...rest }: Omit<MetricsSettings, 'port'> & { port: number | undefined }) {
    const endpoint = port === undefined ? [] : [provided({ port, ...rest })];
    return { module: MetricsModule, providers: endpoint } satisfies DynamicModule;
  }
}

/** Made while the modules are: nothing that is to be measured happens before. */
function provided(settings: MetricsSettings) {
  return { provide: MetricsEndpoint, useFactory: () => new MetricsEndpoint(settings) };
}
