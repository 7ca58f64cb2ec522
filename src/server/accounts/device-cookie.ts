import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';

const KEPT_MS = 180 * 24 * 3_600_000;

interface DeviceOptions {
  /** Newest first: the first signs, all verify. */
  readonly secrets: readonly string[];
  readonly isSecure: boolean;
}

/**
 * A cookie by which a browser shows that an account was signed in to from it before. It signs nobody in; whoever guesses
 * passwords elsewhere has none, and so cannot lock the owner out.
 *
 * @see https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
 */
export class DeviceCookie {
  readonly #name: string;

  constructor(private readonly options: DeviceOptions) {
    this.#name = options.isSecure ? '__Host-device' : 'device';
  }

  /** What the device is called, if the account was signed in to from it; else null. */
  find({ headers }: Pick<Request, 'headers'>, email: string): string | null {
    const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
    const [, value = ''] = pairs.find(([name]) => name === this.#name) ?? [];
    const [device = '', given = ''] = value.split('.');
    const isGood = this.options.secrets.some((secret) =>
      isSame(sign(secret, email, device), given),
    );
    return isGood ? device : null;
  }

  /** Has the browser keep the cookie for that account, unless it has it. */
  remember(request: Request, email: string): void {
    const [secret = ''] = this.options.secrets;
    if (this.find(request, email) !== null) return;
    const device = randomBytes(16).toString('base64url');
    request.res?.cookie(this.#name, `${device}.${sign(secret, email, device)}`, {
      httpOnly: true,
      secure: this.options.isSecure,
      sameSite: 'strict',
      path: '/',
      maxAge: KEPT_MS,
    });
  }
}

/** Whose account a request is signed in to. */
export function emailOf({ session }: Pick<Request, 'session'>): string | undefined {
  // The types say that there always is a session.
  const { user } = (session as Request['session'] | undefined) ?? {};
  return typeof user?.email === 'string' ? user.email : undefined;
}

/** Makes what has the browser of whoever is signed in keep that. */
export function rememberDevice(devices: DeviceCookie): RequestHandler {
  return function remember(request, _, next) {
    const email = emailOf(request);
    if (email !== undefined) devices.remember(request, email);
    next();
  };
}

/** Not what signs the session's cookie: the text says what it is for. */
function sign(secret: string, email: string, device: string): string {
  return createHmac('sha256', secret).update(`device\n${email}\n${device}`).digest('base64url');
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
