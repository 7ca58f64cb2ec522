import type { Bound } from './taken-out.js';
import type { Stage } from './stage.js';

/** Something that a hostile client does. */
export interface Move {
  readonly name: string;
  /** How often it is picked, beside the others; 1 unless it says so. */
  readonly weight?: number;
  play(stage: Stage): Promise<void>;
}

/** A move that tells whether a bound is there; it is played by itself. */
export interface BoundMove extends Move {
  /** What must stop it: any of these would. */
  readonly bounds: readonly [Bound, ...Bound[]];
}
