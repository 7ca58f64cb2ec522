import type { Experiment, Stage } from '../experiment.js';
import { plain } from '../measures.js';
import type { Role } from '../proxy.js';
import { type SingleRedis, startSingle } from '../single-redis.js';

const EVERY_MS = 20_000;
const CUT_MS = 12_000;
const DOWN_MS = 5000;
const minutes = Number(process.env['SOAK_MINUTES'] ?? 3);
const ROLES: readonly Role[] = ['commands', 'publisher', 'subscriber'];

type Harm = (stage: Stage<SingleRedis>) => Promise<void>;

/** What may happen to a node or to Redis. */
const HARMS: Readonly<Record<string, Harm>> = {
  async 'a node is killed'({ fleet, random }) {
    await fleet.remove(random.pick(fleet.stations), 'SIGKILL');
    await fleet.add();
  },
  async 'a node is replaced'({ fleet, random }) {
    const old = random.pick(fleet.stations);
    await fleet.add();
    await fleet.remove(old, 'SIGTERM');
  },
  async 'Redis is killed'({ deployment: { server }, crowd }) {
    await server.stop('SIGKILL');
    await crowd.goOn(DOWN_MS);
    await server.start();
  },
  async 'a node is cut off'({ fleet, random, crowd }) {
    const { way } = random.pick(fleet.stations);
    way.cut();
    await crowd.goOn(CUT_MS);
    way.heal();
  },
  'connections break'({ fleet, random }) {
    random.pick(fleet.stations).way.reset(random.pick(ROLES));
    return Promise.resolve();
  },
  'connections are half open'({ fleet, random }) {
    random.pick(fleet.stations).way.halfOpen(random.pick(ROLES));
    return Promise.resolve();
  },
  async 'the way is slow'({ fleet, random, crowd }) {
    const { way } = random.pick(fleet.stations);
    for (const role of ROLES) way.slow(role, { ms: 50, jitterMs: 150 });
    await crowd.goOn(CUT_MS);
    way.heal();
  },
};

/** Something else every 20 s, for SOAK_MINUTES. */
export const soak: Experiment<SingleRedis> = {
  name: 'soak',
  nodes: 3,
  closeWithinMs: 32_000,
  deploy: () => startSingle(true),
  async harm(stage) {
    const { crowd, random } = stage;
    const played: string[] = [];
    const end = Date.now() + minutes * 60_000;
    while (Date.now() < end) {
      const [name, harm] = random.pick(Object.entries(HARMS));
      played.push(name);
      await Promise.all([harm(stage), crowd.goOn(EVERY_MS)]);
    }
    return [plain('minutes', minutes), plain('harms', played.join(', '))];
  },
};
