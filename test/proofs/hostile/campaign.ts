import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '../../support/random.js';
import type { Move } from './move.js';
import { cutAtEveryByte } from './moves/cuts.js';
import { Stage, type Target } from './stage.js';
import type { Tally } from './tally.js';

export interface CampaignSettings {
  readonly target: Target;
  readonly tally: Tally;
  readonly seed: number;
  /** So many moves at a time. */
  readonly lanes: number;
  /** So many frames a second at most; as many as can be if it is not there. */
  readonly rate?: number;
}

/** Plays moves, each with a seed of its own, by which it can be played again. */
export class Campaign {
  #seed: number;

  constructor(private readonly settings: CampaignSettings) {
    this.#seed = settings.seed;
  }

  /** Plays moves at random until so many frames were sent. */
  async mix(moves: readonly Move[], frames: number): Promise<void> {
    const { tally, lanes, rate = Infinity } = this.settings;
    const before = tally.frames;
    const enough = before + frames;
    const start = performance.now();
    const work = Array.from({ length: lanes }, async () => {
      while (tally.frames < enough) {
        const dueMs = ((tally.frames - before) / rate) * 1000;
        await pause(Math.max(0, dueMs - (performance.now() - start)));
        const seed = this.#nextSeed();
        await this.play(pick(moves, new Random(seed)), seed);
      }
    });
    await Promise.all(work);
  }

  async play(move: Move, seed = this.#nextSeed()): Promise<void> {
    await this.#on(move.name, seed, (stage) => move.play(stage));
  }

  /** Cuts everything at every byte, or at some. */
  async cut(stride: number): Promise<void> {
    const { lanes, seed } = this.settings;
    await this.#on('cuts at every byte', seed, (stage) => cutAtEveryByte(stage, stride, lanes));
  }

  async #on(name: string, seed: number, work: (stage: Stage) => Promise<void>): Promise<void> {
    const tally = this.settings.tally.of(name);
    const stage = new Stage(this.settings.target, tally, seed);
    tally.plays += 1;
    try {
      await work(stage);
    } catch (error) {
      stage.violate(`it failed: ${String(error)}`);
    }
    await stage.leave();
  }

  #nextSeed(): number {
    this.#seed += 1;
    return this.#seed - 1;
  }
}

function pick(moves: readonly Move[], random: Random): Move {
  const total = moves.reduce((sum, { weight = 1 }) => sum + weight, 0);
  let at = random.next() * total;
  for (const move of moves) {
    at -= move.weight ?? 1;
    if (at < 0) return move;
  }
  throw new Error('There is no move of this name.');
}
