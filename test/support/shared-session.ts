import type { DynamicModule } from '@nestjs/common';
import {
  SharedSessionModule,
  type SharedSessionModuleOptions,
} from '../../src/shared-session/index.js';
import { TEST_SECRET, uniquePrefix } from './test-node.js';

/** The library as an application of a test imports it, which shares its sessions with no other. */
export function sharedSession(
  redis: SharedSessionModuleOptions['redis'],
  options: Partial<SharedSessionModuleOptions> = {},
): DynamicModule {
  // All clients of a test have one address, and are in a hurry.
  const settings = {
    redis,
    secrets: [TEST_SECRET],
    prefix: uniquePrefix(),
    limits: false,
  } as const;
  return SharedSessionModule.forRoot({ ...settings, ...options });
}
