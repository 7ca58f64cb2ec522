import type { Acknowledgement } from '../shared-session/shared-session.contract.js';

/** An answer that takes longer is late. */
const LATE_MS = 2000;

/**
 * Notices when a server that is connected does not do what it is asked: an answer is late, or says that it cannot. From then on
 * until it does, and no answer is late any more.
 */
export class LateAnswers {
  #late = 0;

  /** @param tell called with whether the server keeps the client waiting, perhaps with the same more than once */
  constructor(private readonly tell: (isLate: boolean) => void) {}

  /** Waits for the answer to one question, as given; also where none comes. */
  async watch(asked: Promise<unknown>): Promise<Acknowledgement> {
    let late = 0;
    const timer = setTimeout(() => {
      late = 1;
      this.#late += 1;
      this.tell(true);
    }, LATE_MS);
    try {
      const answer = (await asked) as Acknowledgement;
      const cannot = !answer.ok && answer.error.code === 'UNAVAILABLE';
      if (cannot || this.#late === late) this.tell(cannot);
      return answer;
    } finally {
      clearTimeout(timer);
      this.#late -= late;
    }
  }
}
