import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { OidcOptions } from './oidc.options.js';

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: OIDC_OPTIONS } =
  new ConfigurableModuleBuilder<OidcOptions>({ moduleName: 'Oidc' })
    .setClassMethodName('forRoot')
    .build();
