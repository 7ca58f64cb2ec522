import { eventually } from '../../../../src/testing/eventually.js';
import type { Experiment } from '../experiment.js';
import { atMost, lastWrite, plain, untilReady } from '../measures.js';
import { startSingle } from '../single-redis.js';

const CUT_MS = 45_000;
const REFUSES_WITHIN_MS = 10_000;
/** 30 s from its last proof on, which is asked for every second. */
const CLOSES_WITHIN_MS = 32_000;
const BACK_WITHIN_MS = 3000;

/** One node is cut off from Redis, for longer than it may believe what it knows. */
export const cut: Experiment = {
  name: 'cut',
  nodes: 3,
  closeWithinMs: CLOSES_WITHIN_MS,
  takenOut: {
    what: 'a deaf node closes its sockets',
    seenAs: ['open too long', 'figure'],
    edits: [
      { file: 'signals/signal-probe.js', code: 'CLOSE_MS = 30_000', instead: 'CLOSE_MS = 3e9' },
    ],
  },
  deploy: () => startSingle(),
  async harm({ fleet, crowd, history }) {
    const [station] = fleet.stations;
    if (!station) throw new Error('There are no nodes.');
    const from = Date.now();
    const sockets = history.openAt(station.name);
    station.way.cut();
    const closed = eventually(() => history.openAt(station.name) === 0, CUT_MS).then(
      () => Date.now() - from,
      () => Infinity,
    );
    await crowd.goOn(CUT_MS);
    station.way.heal();
    const backMs = await untilReady(station);
    await crowd.goOn(5000);
    return [
      plain('sockets at the node', sockets),
      atMost(
        'last write, ms',
        lastWrite(history, station.name, { from, to: from + CUT_MS }),
        REFUSES_WITHIN_MS,
      ),
      atMost('last socket closed, ms', await closed, CLOSES_WITHIN_MS),
      atMost('ready again, ms', backMs, BACK_WITHIN_MS),
    ];
  },
};
