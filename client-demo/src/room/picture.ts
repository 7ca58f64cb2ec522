import type {
  Browser,
  Closed,
  Dot,
  NodeTruth,
  RedisTruth,
  RoomEvent,
  Snapshot,
  Told,
  WorldName,
  WorldTruth,
} from './room-events.js';

/** A part of the picture, and the number of the event that it comes from. */
interface Part<T> {
  readonly seq: number;
  readonly truth: T;
}

export interface WorldPicture {
  readonly nodes: Readonly<Record<string, Part<NodeTruth>>>;
  readonly browsers: Part<readonly Browser[]>;
  readonly redis: Part<RedisTruth>;
}

/** What the library or the room told, with its number; the same number is told once. */
type Line = (Told | Closed) & { readonly seq: number; readonly at: number };

/** What the page draws. */
export interface Picture {
  /** Of the supervisor whose events these are; null before the first snapshot. */
  readonly run: string | null;
  /** Number of the snapshot. What is older is in it. */
  readonly since: number;
  /** When the newest event was sent, in ms since the epoch, by the supervisor's clock. */
  readonly at: number;
  readonly worlds: Readonly<Record<WorldName, WorldPicture>> | null;
  /** In the order of their numbers. */
  readonly lines: readonly Line[];
}

type Event<Type extends RoomEvent['type']> = Extract<RoomEvent, { type: Type }>;

const MOST_LINES = 60;

export const EMPTY: Picture = { run: null, since: 0, at: 0, worlds: null, lines: [] };

/**
 * The picture after one more event. Events may be lost, doubled or out of order: each part keeps what is newest, and a
 * snapshot that is newer than the last replaces all of it.
 */
export function reduce(picture: Picture, event: RoomEvent): Picture {
  if (event.type === 'snapshot') return begin(picture, event);
  if (!picture.worlds) return picture;
  const next = { ...picture, at: Math.max(picture.at, event.at) };
  if (event.type === 'alive') return next;
  if (event.type === 'told') return { ...next, lines: withLine(picture.lines, event) };
  if (event.seq <= picture.since) return picture;
  const world = changed(picture.worlds[event.world], event);
  return {
    ...next,
    worlds: { ...picture.worlds, [event.world]: world },
    lines: event.type === 'closed' ? withLine(picture.lines, event) : picture.lines,
  };
}

/** What a world's nodes have, one after the other. */
export function dotsOf(world: WorldPicture): Dot[] {
  return Object.values(world.nodes).flatMap(({ truth }) => truth.dots);
}

function begin(picture: Picture, event: Event<'snapshot'>): Picture {
  const isSameRun = picture.run === event.run;
  if (isSameRun && event.seq <= picture.since) return picture;
  return {
    run: event.run,
    since: event.seq,
    at: isSameRun ? Math.max(picture.at, event.at) : event.at,
    worlds: worldsOf(event),
    lines: isSameRun ? picture.lines : [],
  };
}

function worldsOf({ seq, worlds }: Event<'snapshot'> & Snapshot) {
  const pictureOf = ({ nodes, browsers, redis }: WorldTruth): WorldPicture => ({
    nodes: Object.fromEntries(nodes.map((truth) => [truth.name, { seq, truth }])),
    browsers: { seq, truth: browsers },
    redis: { seq, truth: redis },
  });
  return { recipe: pictureOf(worlds.recipe), ours: pictureOf(worlds.ours) };
}

function changed(
  world: WorldPicture,
  event: Event<'node' | 'browsers' | 'redis' | 'closed'>,
): WorldPicture {
  const { seq } = event;
  switch (event.type) {
    case 'node': {
      const { [event.node.name]: known } = world.nodes;
      if (known && known.seq >= seq) return world;
      return { ...world, nodes: { ...world.nodes, [event.node.name]: { seq, truth: event.node } } };
    }
    case 'browsers':
      return world.browsers.seq >= seq
        ? world
        : { ...world, browsers: { seq, truth: event.browsers } };
    case 'redis':
      return world.redis.seq >= seq ? world : { ...world, redis: { seq, truth: event.redis } };
    case 'closed':
      return withoutDot(world, event);
  }
}

/** The library tells of an end before the node is asked again; a node that was asked since knows better. */
function withoutDot(world: WorldPicture, { seq, node, session }: Event<'closed'>): WorldPicture {
  const { [node]: known } = world.nodes;
  if (!known || known.seq >= seq) return world;
  const { dots } = known.truth;
  const index = dots.findIndex((dot) => dot.session === session);
  if (index < 0) return world;
  const truth = { ...known.truth, dots: dots.toSpliced(index, 1) };
  return { ...world, nodes: { ...world.nodes, [node]: { seq, truth } } };
}

function withLine(lines: readonly Line[], line: Line): readonly Line[] {
  if (lines.some(({ seq }) => seq === line.seq)) return lines;
  return [...lines, line].sort((one, other) => one.seq - other.seq).slice(-MOST_LINES);
}
