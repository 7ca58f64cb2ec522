import { BINARY } from './bounds/binary.js';
import { CROWDS } from './bounds/crowds.js';
import { FLOODS } from './bounds/floods.js';
import { IDLERS } from './bounds/idlers.js';
import { READER_MOVES } from './bounds/readers.js';
import type { BoundMove } from './move.js';

/** Moves that go beyond a bound; each is played by itself, so that it is known what came of it. */
export const BOUND_MOVES: readonly BoundMove[] = [
  ...BINARY,
  ...CROWDS,
  ...IDLERS,
  ...FLOODS,
  ...READER_MOVES,
];
