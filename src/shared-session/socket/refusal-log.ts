import { Logger } from '@nestjs/common';
import { seldom } from '../seldom.js';

/** Clients choose what they are refused with, and how often: neither may fill the log. */
const MAX_LOGGED = 200;
const QUIET_MS = 60_000;

/**
 * Makes a log of refusals of one kind: at most one line a minute, with how many were left out since the line before.
 *
 * @param describe what was refused and what would help, given what the client sent, in quotes and cut
 */
export function createRefusalLog(describe: (sent: string) => string): (sent: string) => void {
  const logger = new Logger('Refusals');
  return seldom(QUIET_MS, (leftOut, sent: string) => {
    const shown = JSON.stringify(sent.slice(0, MAX_LOGGED));
    const others = leftOut > 0 ? `; ${String(leftOut)} more were refused before it` : '';
    logger.warn(`${describe(shown)}${others}`);
  });
}
