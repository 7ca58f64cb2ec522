export { OidcModule } from './oidc.module.js';
export type { OidcOptions, OidcProvider } from './oidc.options.js';
