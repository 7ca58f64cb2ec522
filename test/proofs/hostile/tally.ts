import { printTable } from '../../support/program.js';

/** What must not have happened, and how to play it again. */
export interface Violation {
  readonly move: string;
  readonly seed: number | undefined;
  readonly detail: string;
}

/** Of each kind of violation of one move, so many are told. */
const TOLD = 2;

/** What came of one move. */
export class MoveTally {
  plays = 0;
  frames = 0;
  readonly outcomes = new Map<string, number>();
  readonly violations: Violation[] = [];
  readonly #kinds = new Map<string, number>();

  constructor(readonly move: string) {}

  note(outcome: string, count: number): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + count);
  }

  violate(seed: number | undefined, detail: string): void {
    const kind = detail.split(':', 1)[0] ?? '';
    const count = (this.#kinds.get(kind) ?? 0) + 1;
    this.#kinds.set(kind, count);
    if (count <= TOLD) this.violations.push({ move: this.move, seed, detail });
  }

  /** How many there were, also of those that are not told. */
  get violationCount(): number {
    return [...this.#kinds.values()].reduce((sum, count) => sum + count, 0);
  }
}

/** What came of all moves. */
export class Tally {
  readonly #moves = new Map<string, MoveTally>();

  of(move: string): MoveTally {
    const known = this.#moves.get(move) ?? new MoveTally(move);
    this.#moves.set(move, known);
    return known;
  }

  get frames(): number {
    return this.#all.reduce((sum, { frames }) => sum + frames, 0);
  }

  get violations(): Violation[] {
    return this.#all.flatMap(({ violations }) => violations);
  }

  /** Prints what came of each move. */
  print(): void {
    const rows = this.#all.map(({ move, plays, frames, violationCount, outcomes }) => [
      move,
      String(plays),
      String(frames),
      violationCount === 0 ? '-' : String(violationCount),
      [...outcomes]
        .toSorted(([, one], [, other]) => other - one)
        .map(([outcome, count]) => `${outcome} ${String(count)}`)
        .join(', '),
    ]);
    printTable(['move', 'plays', 'frames', 'violations', 'outcomes'], rows);
  }

  /** Prints what must not have happened. */
  printViolations(): void {
    for (const { move, seed, detail } of this.violations) {
      console.log(`${move}${seed === undefined ? '' : `, seed ${String(seed)}`} | ${detail}`);
    }
  }

  get #all(): MoveTally[] {
    return [...this.#moves.values()];
  }
}
