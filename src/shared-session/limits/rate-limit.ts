import type { Request } from 'express';
import type { RedisClientType } from 'redis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { RedisScript } from '../redis/redis-script.js';
import { shortName } from '../session/short-name.js';
import { RateLimitedError } from '../shared-session.errors.js';
import type { Window } from './rate.js';

/**
 * Key: a count, which expires with its window. Arguments: how many more, seconds. Returns the count, and ms until the window ends.
 * What rate-limiter-flexible does by itself, without the right to more commands.
 */
const COUNT = `
  local count = math.max(0, (redis.call('GET', KEYS[1]) or 0) + ARGV[1])
  local left = redis.call('PTTL', KEYS[1])
  if left < 0 then left = ARGV[2] * 1000 end
  redis.call('SET', KEYS[1], count, 'PX', left)
  return { count, left }
`;
const COUNT_SCRIPT = new RedisScript<[count: number, left: number]>(COUNT);

interface LimitParts extends Window {
  readonly name: string;
  readonly commands: RedisClientType;
  readonly keyOf: (who: string) => string;
  readonly onRefused: (retryAfterMs: number, request?: Request) => void;
}

/** How often each `who` may do something in so many seconds, over all nodes. Made by `RateLimits`. */
export class RateLimit {
  readonly #name: string;
  readonly #window: Window;
  /** Null where nothing is limited. */
  readonly #limiter: RateLimiterRedis | null;
  readonly #onRefused: LimitParts['onRefused'] | undefined;

  /** @param parts null for one that lets everything pass */
  constructor(window: Window & { readonly name: string }, parts: LimitParts | null) {
    this.#name = window.name;
    this.#window = window;
    this.#limiter = parts && limiterOf(parts);
    this.#onRefused = parts?.onRefused;
  }

  /**
   * Counts one more. While Redis is away, this node counts for itself.
   *
   * @param request whose answer says how much is left, in `RateLimit` and `RateLimit-Policy`, and when to come back, in
   * `Retry-After` (draft-ietf-httpapi-ratelimit-headers-10)
   * @throws RateLimitedError when that is one too many
   */
  async take(who: string, request?: Request): Promise<void> {
    if (!this.#limiter) return;
    // Whoever reads Redis learns no e-mail addresses, and no key is long.
    const { result, isRefused } = await consume(this.#limiter, shortName(who));
    if (request) this.#tell(request, result);
    if (!isRefused) return;
    request?.res?.setHeader('Retry-After', secondsOf(result));
    const retryAfterMs = Math.ceil(result.msBeforeNext);
    this.#onRefused?.(retryAfterMs, request);
    throw new RateLimitedError(retryAfterMs);
  }

  /** Takes one back that was counted, such as the attempt of somebody who proved to know the password. */
  async giveBack(who: string): Promise<void> {
    await this.#limiter?.reward(shortName(who));
  }

  /** Several limits of one answer stand in one list. */
  #tell({ res }: Request, result: RateLimiterRes): void {
    const { limit, seconds } = this.#window;
    res?.append('RateLimit-Policy', `"${this.#name}";q=${String(limit)};w=${String(seconds)}`);
    const left = String(result.remainingPoints);
    res?.append('RateLimit', `"${this.#name}";r=${left};t=${String(secondsOf(result))}`);
  }
}

function limiterOf({ limit, seconds, commands, keyOf }: LimitParts): RateLimiterRedis {
  const counted = { points: limit, duration: seconds };
  return new RateLimiterRedis({
    ...counted,
    // As much of node-redis' client as it uses: the script goes by its hash, on a Cluster to the key's server.
    storeClient: {
      eval: (_: string, { keys, arguments: args }: { keys: string[]; arguments: string[] }) =>
        COUNT_SCRIPT.run(commands, keys.map(keyOf), args),
    },
    useRedisPackage: true,
    keyPrefix: '',
    // Who is refused is refused in this process until the window ends: a flood costs no round trips.
    inMemoryBlockOnConsumed: limit + 1,
    insuranceLimiter: new RateLimiterMemory(counted),
  });
}

/** It rejects with what it resolves with, or with an error. */
async function consume(
  limiter: RateLimiterRedis,
  who: string,
): Promise<{ result: RateLimiterRes; isRefused: boolean }> {
  try {
    return { result: await limiter.consume(who), isRefused: false };
  } catch (thrown) {
    if (thrown instanceof RateLimiterRes) return { result: thrown, isRefused: true };
    throw thrown;
  }
}

function secondsOf({ msBeforeNext }: RateLimiterRes): number {
  return Math.ceil(msBeforeNext / 1000);
}
