import type { INestApplication, Logger } from '@nestjs/common';

/** A drain that takes longer is cut off. */
const DRAIN_TIMEOUT_MS = 10_000;

/**
 * For the error that nobody caught: logs it, takes the node out of service, sends its clients to another
 * node, and ends the process with code 1. What state the process is in then, nobody knows, so it must
 * not go on; but its clients need not lose what is under way.
 *
 * No substitute for handling errors where they happen: each that arrives here is a bug.
 */
export function drainOnUncaughtError(app: INestApplication, logger: Pick<Logger, 'fatal'>): void {
  let isLeaving = false;
  // Unhandled rejections arrive here too, as Node turns them into uncaught exceptions.
  process.on('uncaughtException', (error: unknown) => {
    const stack = error instanceof Error ? error.stack : undefined;
    logger.fatal('Nobody caught an error; this node drains and ends', stack, 'LastResort');
    if (isLeaving) return;
    isLeaving = true;
    const leave = (): void => process.exit(1);
    setTimeout(leave, DRAIN_TIMEOUT_MS);
    void app.close().then(leave, leave);
  });
}
