import { eventually } from '../../../src/testing/eventually.js';
import { NodeProcess } from '../../support/node-process.js';
import type { Random } from '../../support/random.js';
import { call, type Place } from './call.js';
import type { Deployment } from './experiment.js';
import { Way } from './way.js';

const READY_MS = 30_000;

export interface FleetSettings {
  readonly deployment: Deployment;
  readonly random: Random;
  /** What the nodes run. */
  readonly program: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** One node, its way to Redis, and whether the load balancer sends anybody there. */
export interface Station extends Place {
  readonly node: NodeProcess;
  readonly way: Way;
  isInService: boolean;
}

/** The nodes that there are now, behind a load balancer that draws one for each request and connection. */
export class Fleet {
  readonly stations: Station[] = [];
  /** What nodes that are gone have complained of. */
  readonly #complaints: string[] = [];
  #started = 0;

  constructor(private readonly settings: FleetSettings) {}

  /** Starts one more node, and has it served when it is ready. */
  async add(env: NodeJS.ProcessEnv = {}): Promise<Station> {
    this.#started += 1;
    const name = `node-${String(this.#started)}`;
    const { program, env: common, deployment, random } = this.settings;
    const { url, isDirect } = deployment;
    const way = isDirect ? Way.directly(url) : await Way.to(url, random);
    const settings = { STORM_REDIS: way.address, ...common, ...env };
    const node = await NodeProcess.start(name, settings, { program });
    const station: Station = { name, url: node.url, node, way, isInService: false };
    await eventually(() => isReady(station), READY_MS);
    station.isInService = true;
    this.stations.push(station);
    return station;
  }

  /** Whom a request or a connection goes to. */
  readonly pick = (): Place => {
    const inService = this.stations.filter((each) => each.isInService);
    return this.settings.random.pick(inService.length > 0 ? inService : this.stations);
  };

  /** Takes a node out and ends it; resolves with its exit code, null if a signal ended it. */
  async remove(station: Station, signal: NodeJS.Signals): Promise<number | null> {
    // A load balancer learns of a kill by what fails.
    if (signal === 'SIGTERM') station.isInService = false;
    const ended = station.node.stop(signal);
    const code = await ended;
    this.stations.splice(this.stations.indexOf(station), 1);
    this.#complaints.push(...complaintsOf(station));
    return code;
  }

  /** Resolves when every node is ready. */
  async healthy(): Promise<void> {
    await eventually(
      async () => (await Promise.all(this.stations.map(isReady))).every(Boolean),
      READY_MS,
    );
  }

  /** What no node should ever say, and those that ended by themselves. */
  complaints(): string[] {
    const ended = this.stations
      .filter(({ node }) => node.hasEnded)
      .map(({ name }) => `${name} ended`);
    return [...this.#complaints, ...this.stations.flatMap(complaintsOf), ...ended];
  }
}

export async function isReady(place: Place): Promise<boolean> {
  return (await call(place, 'GET', '/health/ready')).status === 200;
}

function complaintsOf({ name, node }: Station): string[] {
  return node.output
    .split('\n')
    .filter((line) => /LastResort|nhandled/.test(line))
    .map((line) => `${name}: ${line.slice(0, 200)}`);
}
