import { Logger } from '@nestjs/common';
import { ErrorReply } from 'redis';
import { SharedSessionConfigError } from '../shared-session.errors.js';

/** How Redis refuses a command, a key or a channel to a user; what a script asks for, in other words. */
const REFUSAL = /^NOPERM|^ERR The user executing the script|ACL failure in script/;

/** What to do about it. */
export const CURE = 'docs/redis.md has the rights that a node needs.';

/** Whether Redis says that this node's user may not do what it asked for. It may not either when it is asked again. */
export function isRefusal(error: unknown): error is ErrorReply {
  return error instanceof ErrorReply && REFUSAL.test(error.message);
}

/**
 * Waits for what a node asks of Redis at its start. Without the right to that it would start, and serve nobody.
 *
 * @param command as Redis calls it: what Redis says of a key or a channel names none
 * @throws SharedSessionConfigError where Redis does not permit it; whatever else the reply fails with
 */
export async function permitted<T>(command: string, reply: Promise<T>): Promise<T> {
  return reply.catch((error: unknown) => {
    if (!isRefusal(error)) throw error;
    throw new SharedSessionConfigError(
      `Redis refuses this node at its start. ${command}: ${error.message}`,
      [`Give its user the right to ${command}, with this key or channel: ${CURE}`],
    );
  });
}

/** Makes what writes each refusal to the log, once: whoever asked learns no more than that Redis is out of reach. */
export function refusalReporter(): (error: unknown) => void {
  const logger = new Logger('Redis');
  const told = new Set<string>();
  return (error) => {
    if (!isRefusal(error) || told.has(error.message)) return;
    told.add(error.message);
    logger.error(`Redis refuses a command: ${error.message} ${CURE}`);
  };
}
