import { Logger } from '@nestjs/common';
import { type Principal, principalName } from '../session/principal.js';

/** Each change is told to every tab: those of one principal that come faster than this are told together. */
const QUIET_MS = 1000;

/**
 * Tells of the changes of principals' lists, those of one principal once a second at most: the first at once, and what
 * came after it when the second is over. The last change is never lost.
 */
export class ListChanges {
  /** Those told of within the last second, and whether there is more to tell. */
  readonly #quiet = new Map<string, { readonly principal: Principal; isDue: boolean }>();
  readonly #logger = new Logger(ListChanges.name);
  #isClosing = false;

  constructor(private readonly tell: (principal: Principal) => void) {}

  note(principal: Principal): void {
    const name = principalName(principal);
    const quiet = this.#quiet.get(name);
    if (quiet) {
      quiet.isDue = true;
      return;
    }
    this.#tell(principal);
    if (this.#isClosing) return;
    this.#quiet.set(name, { principal, isDue: false });
    setTimeout(() => {
      this.#settle(name);
    }, QUIET_MS).unref();
  }

  /** Tells what there is to tell. From here on every change is told at once: there may be no later. */
  close(): void {
    this.#isClosing = true;
    for (const name of [...this.#quiet.keys()]) this.#settle(name);
  }

  /** What is told from a timer has nobody to fail. */
  #tell(principal: Principal): void {
    try {
      this.tell(principal);
    } catch (error) {
      this.#logger.error(`A listener to a principal’s sessions failed: ${String(error)}`);
    }
  }

  #settle(name: string): void {
    const quiet = this.#quiet.get(name);
    this.#quiet.delete(name);
    if (quiet?.isDue) this.note(quiet.principal);
  }
}
