import { describe, expect, it } from '@jest/globals';
import { SharedSessionConfigError } from '../shared-session/index.js';
import { checkOidcOptions, type OidcProvider } from './oidc.options.js';

const good: OidcProvider = { issuer: 'https://login.example', clientId: 'shop' };
const check = (...providers: OidcProvider[]) => checkOidcOptions({ providers });

describe('the options of OidcModule', () => {
  it.each<[what: string, provider: OidcProvider]>([
    ['a provider', good],
    ['one on this machine without TLS', { ...good, issuer: 'http://127.0.0.1:8080/realms/shop' }],
    ['keys at an address of their own', { ...good, jwksUri: 'https://keys.example/all' }],
    ['fewer algorithms', { ...good, algorithms: ['ES256'] }],
  ])('may name %s', (_, provider) => {
    expect(check(provider).providers).toEqual([provider]);
  });

  it.each<[what: string, providers: OidcProvider[], says: string]>([
    ['nobody', [], '`providers` is empty'],
    ['one provider twice', [good, good], 'have one issuer'],
    ['no client id', [{ ...good, clientId: '' }], '`clientId` is empty'],
    ['an address without TLS', [{ ...good, issuer: 'http://login.example' }], '`issuer` is'],
    ['keys without TLS', [{ ...good, jwksUri: 'http://keys.example' }], '`jwksUri` is'],
    ['what is no address', [{ ...good, issuer: 'login.example' }], '`issuer` is'],
    ['no algorithm', [{ ...good, algorithms: [] }], '`algorithms` has none'],
    ['tokens that nobody signs', [{ ...good, algorithms: ['none'] }], '`algorithms` has "none"'],
    ['a shared secret', [{ ...good, algorithms: ['RS256', 'HS256'] }], '`algorithms` has "HS256"'],
  ])('may not name %s', (_, providers, says) => {
    expect(() => check(...providers)).toThrow(SharedSessionConfigError);
    expect(() => check(...providers)).toThrow(says);
  });
});
