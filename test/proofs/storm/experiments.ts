import type { Experiment } from './experiment.js';
import { clock } from './experiments/clock.js';
import { clusterKill } from './experiments/cluster-kill.js';
import { cut } from './experiments/cut.js';
import { herd } from './experiments/herd.js';
import { memory } from './experiments/memory.js';
import { nodeKill } from './experiments/node-kill.js';
import { redisRestart } from './experiments/redis-restart.js';
import { reshard } from './experiments/reshard.js';
import { rolling } from './experiments/rolling.js';
import { sentinelKill } from './experiments/sentinel-kill.js';
import { soak } from './experiments/soak.js';
import { splitBrain } from './experiments/split-brain.js';

/** All that are played, in this order. */
export const EXPERIMENTS: readonly Experiment[] = [
  clusterKill,
  sentinelKill,
  reshard,
  redisRestart,
  cut,
  nodeKill,
  rolling,
  memory,
  clock,
  splitBrain,
  herd,
  soak,
];
