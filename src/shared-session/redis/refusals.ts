import { Logger } from '@nestjs/common';
import { ErrorReply } from 'redis';

/** How Redis refuses a command, a key or a channel to a user; what a script asks for, in other words. */
const REFUSAL = /^NOPERM|^ERR The user executing the script|ACL failure in script/;

/** What to do about it. */
export const CURE = 'docs/redis.md has the rights that a node needs.';

/** Whether Redis says that this node's user may not do what it asked for. It may not either when it is asked again. */
export function isRefusal(error: unknown): error is ErrorReply {
  return error instanceof ErrorReply && REFUSAL.test(error.message);
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
