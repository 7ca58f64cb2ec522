import { describe, expect, it } from '@jest/globals';
import { prose } from './markup.js';
import { ROUTES } from './routes.js';
import { isDestructive, tryEvent, tryRoute } from './try-forms.js';

const routeAt = (path: string) => {
  const route = ROUTES.find((each) => each.path === path);
  if (!route) throw new Error(`There is no ${path}.`);
  return route;
};

describe('the forms of the page', () => {
  it('asks for a second click for what takes something away', () => {
    const destructive = ROUTES.filter(isDestructive).map(({ method, path }) => `${method} ${path}`);

    expect(destructive).toEqual([
      'post /auth/logout',
      'post /user/password',
      'delete /devices',
      'delete /devices/:handle',
      'delete /admin/accounts/:id/sessions',
      'delete /admin/accounts/:id/sessions/:handle',
      'post /admin/accounts/:id/suspension',
      'delete /admin/accounts/:id/suspension',
      'post /admin/accounts/:id/roles',
    ]);
    expect(tryRoute(routeAt('/auth/logout'))).toContain('data-destructive');
    expect(tryRoute(routeAt('/session'))).not.toContain('data-destructive');
  });

  it('have the examples filled in, in the type that the route takes', () => {
    expect(tryRoute(routeAt('/auth/login'))).toContain('&quot;email&quot;: &quot;ada@example.com');
    expect(tryRoute(routeAt('/devices/:handle'))).toContain('name="handle" value="Ck3nJm0Zq8');
    expect(tryRoute(routeAt('/backchannel-logout'))).toContain('>logout_token=eyJ');
    expect(tryEvent('cart:sync', 'CartPosition')).toContain('&quot;version&quot;: 3');
  });

  it('are not there for routes that lead the browser elsewhere', () => {
    expect(tryRoute(routeAt('/auth/oidc'))).toBe('');
  });

  it('has texts as texts', () => {
    expect(prose('<b> & `<i>`')).toBe('&lt;b&gt; &amp; <code>&lt;i&gt;</code>');
  });
});
