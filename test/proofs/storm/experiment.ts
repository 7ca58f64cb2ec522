import type { RedisClientType } from 'redis';
import type { Edit } from '../../../scripts/bundle.js';
import type { Random } from '../../support/random.js';
import type { Figure } from '../../support/program.js';
import type { Kind } from './checker.js';
import type { Crowd } from './crowd.js';
import type { Fleet } from './fleet.js';
import type { History } from './history.js';

/** The Redis of an experiment. */
export interface Deployment {
  /** As the nodes and the checker take it. */
  readonly url: string;
  /** Whether no proxies stand between the nodes and it: nothing there is to be broken. */
  readonly isDirect?: true;
}

/** What an experiment does its harm to. */
export interface Stage<D extends Deployment = Deployment> {
  readonly deployment: D;
  readonly fleet: Fleet;
  readonly crowd: Crowd;
  readonly history: History;
  readonly redis: RedisClientType;
  readonly random: Random;
  /** Whether a protection is out this time. */
  readonly isUnprotected: boolean;
}

/** A protection that is taken out, and what the checker must see then. */
export interface TakenOut {
  readonly what: string;
  /** Of these, one at least. */
  readonly seenAs: readonly Kind[];
  /** Out of the built server; nothing where the experiment itself does it. */
  readonly edits?: readonly Edit[];
}

export interface Experiment<D extends Deployment = Deployment> {
  readonly name: string;
  readonly nodes: number;
  /** Of every node. */
  readonly env?: NodeJS.ProcessEnv;
  /** How long a socket of an ended session may stay. */
  readonly closeWithinMs: number;
  /** What is found where nothing promises more, and is no failure. */
  readonly tolerates?: readonly Kind[];
  readonly takenOut?: TakenOut;
  deploy(random: Random, isUnprotected: boolean): Promise<D>;
  /** Does the harm, under load, and undoes it. Resolves with what it measured. */
  harm(stage: Stage<D>): Promise<Figure[]>;
}
