import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { BUILT_SERVER } from './built-server.js';

/** What `npm run operator` said, and how it ended. */
export interface OperatorAnswer {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs the built operator command on the sessions of that Redis and prefix. */
export async function operator(
  { redisUrl, redisPrefix }: { readonly redisUrl: string; readonly redisPrefix: string },
  ...args: string[]
): Promise<OperatorAnswer> {
  const env = { PATH: process.env['PATH'], REDIS_URL: redisUrl, REDIS_PREFIX: redisPrefix };
  const child = spawn(process.execPath, [`${BUILT_SERVER}/server/cli/operator.js`, ...args], {
    env,
  });
  const [[code], output, errors] = await Promise.all([
    once(child, 'close') as Promise<[number]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, output, errors };
}
