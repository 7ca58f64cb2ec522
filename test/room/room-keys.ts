import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const COOKIE = 'room';
const newKey = (): string => randomBytes(24).toString('base64url');

/**
 * Who may see the room: whoever has opened the printed address, which is good once, and from then on the browser that did.
 * Without, any page and any user of this machine could use the tools.
 */
export class RoomKeys {
  #token = newKey();
  readonly #cookie = newKey();

  /** Of the address to print now. */
  get token(): string {
    return this.#token;
  }

  /** Takes a token, and with it makes it worthless; gives the cookie to set, or null for a wrong token. */
  redeem(token: string): string | null {
    if (!isSame(token, this.#token)) return null;
    this.#token = newKey();
    return `${COOKIE}=${this.#cookie}; HttpOnly; SameSite=Strict; Path=/`;
  }

  /** Whether a request comes from a browser that has redeemed a token. */
  isKnown({ headers }: IncomingMessage): boolean {
    const cookies = (headers.cookie ?? '').split('; ');
    const given = cookies.find((each) => each.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
    return given !== undefined && isSame(given, this.#cookie);
  }
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
