import type { IdentityProvider } from './identity-provider.js';

/** A browser at the identity provider: it has a cookie jar, fills in forms, and stops where it is sent elsewhere. */
export class ProviderUser {
  readonly #cookies = new Map<string, string>();

  /** @param name what the user logs in as */
  constructor(
    private readonly provider: IdentityProvider,
    private readonly name: string,
  ) {}

  /** Logs in, agrees, and gives the address that the provider sends the browser back to. */
  async login(url: string): Promise<string> {
    let at = await this.#open(url);
    while (at.form) at = await this.#open(at.form, this.#answerTo(at.html));
    return at.url;
  }

  /** Logs out; resolves when the provider has told its clients. */
  async logout(): Promise<void> {
    const { html, form } = await this.#open(`${this.provider.issuer}/session/end`);
    const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(html) ?? [];
    await this.#open(form ?? '', { xsrf, logout: 'yes' });
  }

  #answerTo(html: string): Record<string, string> {
    const isLogin = html.includes('name="login"');
    return isLogin ? { prompt: 'login', login: this.name, password: 'any' } : { prompt: 'consent' };
  }

  /** Follows redirects of the provider's own. */
  async #open(
    url: string,
    form?: Record<string, string>,
  ): Promise<{ url: string; html: string; form?: string }> {
    const { issuer } = this.provider;
    if (!url.startsWith(issuer)) return { url, html: '' };
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      headers: { cookie },
      redirect: 'manual',
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const header of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(header) ?? [];
      this.#cookies.set(name, value);
    }
    const location = response.headers.get('location');
    const html = await response.text();
    if (location) return this.#open(new URL(location, url).href);
    const [, action] = /action="([^"]+)"/.exec(html) ?? [];
    return { url, html, ...(action && { form: new URL(action, url).href }) };
  }
}
