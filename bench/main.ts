import { mkdirSync, writeFileSync } from 'node:fs';
import { percentile, printTable, program } from '../test/support/program.js';
import { startRedisServer } from '../test/support/redis-under-test.js';
import { PROTOCOLS, type Protocol } from './client.js';
import { type Figures, measure } from './measure.js';
import { BenchServer } from './server.js';

interface Peer {
  readonly name: string;
  readonly script: string;
  readonly protocol: Protocol;
}

const PEERS: readonly Peer[] = [
  { name: 'ws-floor', script: 'build/bench/peers/ws-floor.js', protocol: PROTOCOLS.floor },
  {
    name: 'socketio-recipe',
    script: 'build/bench/peers/socketio-recipe.js',
    protocol: PROTOCOLS.socketIoRecipe,
  },
  {
    name: 'nest-recipe',
    script: 'build/bench/peers/nest-recipe.js',
    protocol: PROTOCOLS.socketIoRecipe,
  },
  { name: 'ours', script: 'dist/main.js', protocol: PROTOCOLS.ours },
];

// Measures this server and what a user would use instead, in turns, in the same run.
await program(async () => {
  const isQuick = process.argv.includes('--quick');
  const rounds = isQuick ? 1 : 3;
  const load = isQuick
    ? { connections: 500, steadySeconds: 5, burstSeconds: 3 }
    : { connections: 2000, steadySeconds: 15, burstSeconds: 8 };
  const results = new Map<string, Figures[]>(PEERS.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const { name, script, protocol } of PEERS) {
      console.error(`round ${String(round)}: ${name} …`);
      const redis = await startRedisServer();
      const nodes = [
        await BenchServer.start(script, redis.url),
        await BenchServer.start(script, redis.url),
      ] as const;
      results.get(name)?.push(await measure(nodes, protocol, load));
      for (const node of nodes) node.stop();
      await redis.destroy();
    }
  }
  printTable(['figure (median; min to max)', ...PEERS.map(({ name }) => name)], rowsOf(results));
  mkdirSync('test-results', { recursive: true });
  writeFileSync('test-results/bench.json', JSON.stringify(Object.fromEntries(results), null, 2));
  return true;
});

function rowsOf(results: ReadonlyMap<string, readonly Figures[]>): string[][] {
  const names = Object.keys([...results.values()][0]?.[0] ?? {}) as (keyof Figures)[];
  return names.map((figure) => [
    figure,
    ...[...results.values()].map((runs) => {
      const values = runs.map((run) => run[figure]);
      const [low, high] = [Math.min(...values), Math.max(...values)];
      return `${short(percentile(values, 0.5))} (${short(low)} to ${short(high)})`;
    }),
  ]);
}

function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}
