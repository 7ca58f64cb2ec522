import { CUT_MOVES } from './moves/cuts.js';
import { EVENT_MOVES } from './moves/events.js';
import { FRAME_MOVES } from './moves/frames.js';
import { NAMESPACE_MOVES } from './moves/namespaces.js';
import { PACKET_MOVES } from './moves/packets.js';
import { SESSION_MOVES } from './moves/sessions.js';
import { UPGRADE_MOVES } from './moves/upgrades.js';
import type { Move } from './move.js';

/** Moves that stay within all bounds on how much one may send; they are mixed. */
export const MOVES: readonly Move[] = [
  ...CUT_MOVES,
  ...UPGRADE_MOVES,
  ...FRAME_MOVES,
  ...PACKET_MOVES,
  ...EVENT_MOVES,
  ...NAMESPACE_MOVES,
  ...SESSION_MOVES,
];
