import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { ClientNetworks, type RateLimit, RateLimits } from '../../shared-session/index.js';
import { InvalidCredentialsError } from './accounts.errors.js';
import { DeviceCookie, emailOf } from './device-cookie.js';

const MINUTE = 60;
const HOUR = 3600;

interface Counted {
  readonly limit: RateLimit;
  readonly who: string;
}

/**
 * Bounds how often passwords are guessed and accounts made, over all nodes. An address counts every attempt; an account counts those
 * that failed. Accounts are counted by the e-mail address that was typed, whether or not it has one: the answer is the same.
 */
@Injectable()
export class SignInLimits {
  readonly #ofAddress: RateLimit;
  readonly #ofAccountAndAddress: RateLimit;
  readonly #ofAccount: RateLimit;
  readonly #ofDevice: RateLimit;
  readonly #registrations: RateLimit;

  constructor(
    limits: RateLimits,
    private readonly networks: ClientNetworks,
    private readonly devices: DeviceCookie,
  ) {
    this.#ofAddress = limits.window('sign-ins', { limit: 60, seconds: MINUTE });
    this.#ofAccountAndAddress = limits.window('guesses-here', { limit: 5, seconds: MINUTE });
    this.#ofAccount = limits.window('guesses', { limit: 100, seconds: HOUR });
    this.#ofDevice = limits.window('guesses-on-device', { limit: 5, seconds: MINUTE });
    this.#registrations = limits.window('registrations', { limit: 10, seconds: HOUR });
  }

  /**
   * Lets somebody try to prove with a password that they are an account's owner. It is counted before: of a thousand guesses at
   * once, no more than so many are looked at.
   *
   * @param prove rejects with InvalidCredentialsError if they do not
   * @throws RateLimitedError when that is one too many
   */
  async attempt<T>(request: Request, email: string, prove: () => Promise<T>): Promise<T> {
    const address = this.networks.of(request);
    await this.#ofAddress.take(address, request);
    const counted = this.#countedFor(request, email, address);
    for (const { limit, who } of counted) await limit.take(who, request);
    try {
      const proved = await prove();
      await giveBack(counted);
      return proved;
    } catch (error) {
      if (!(error instanceof InvalidCredentialsError)) await giveBack(counted);
      throw error;
    }
  }

  /** @throws RateLimitedError when that is one too many */
  async register(request: Request): Promise<void> {
    await this.#registrations.take(this.networks.of(request), request);
  }

  /** A device that the owner has signed in from, or is signed in on, counts for itself: what others guess elsewhere does not lock it out. */
  #countedFor(request: Request, email: string, address: string): readonly Counted[] {
    const device = this.devices.find(request, email);
    if (device !== null) return [{ limit: this.#ofDevice, who: device }];
    if (emailOf(request) === email) return [{ limit: this.#ofDevice, who: `${email} ${address}` }];
    return [
      { limit: this.#ofAccountAndAddress, who: `${email} ${address}` },
      { limit: this.#ofAccount, who: email },
    ];
  }
}

async function giveBack(counted: readonly Counted[]): Promise<void> {
  await Promise.all(counted.map(({ limit, who }) => limit.giveBack(who)));
}
