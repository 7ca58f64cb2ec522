export { OidcModule } from './oidc.module.js';
export type { ApplyClaims, OidcOptions, OidcProvider } from './oidc.options.js';
