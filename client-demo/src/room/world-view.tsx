import type { Picture, WorldPicture } from './picture.js';
import type { Browser, NodeTruth, WorldName } from './room-events.js';
import { complaintOf, type Sight, sightsOf } from './sight.js';

const TITLES: Readonly<Record<WorldName, string>> = {
  recipe: 'The usual recipe',
  ours: 'This library',
};
const ABOUT: Readonly<Record<WorldName, string>> = {
  recipe:
    'express-session and Socket.IO as its how-to has them, on two nodes. No adapter between them, as there.',
  ours: 'The same routes, on two nodes. What it tells on its channels is shown as it is told.',
};
const STATES: Readonly<Record<NodeTruth['state'], string>> = {
  up: 'up',
  silent: 'stands still',
  down: 'down',
};

/** How long it is said of a node that it has closed a socket. */
const SHOWN_MS = 30_000;

type ClosedLine = Extract<Picture['lines'][number], { type: 'closed' }>;

interface WorldProps {
  readonly name: WorldName;
  readonly world: WorldPicture;
  readonly lines: Picture['lines'];
  readonly now: number;
}

/** Browsers on top, then nodes, then Redis. */
export function WorldView({ name, world, lines, now }: WorldProps) {
  const sights = sightsOf(world);
  const browsers = world.browsers.truth;
  const colourOf = (session: string): number | undefined => {
    const index = browsers.findIndex((each) => each.session === session);
    return index < 0 ? undefined : (index % 6) + 1;
  };
  return (
    <section className="world" data-world={name} aria-labelledby={`title-${name}`}>
      <h2 id={`title-${name}`}>{TITLES[name]}</h2>
      <p className="about">{ABOUT[name]}</p>
      <h3>Browsers</h3>
      <ul className="row">
        {browsers.map((browser) => (
          <BrowserCard key={browser.name} browser={browser} colour={colourOf(browser.session)} />
        ))}
      </ul>
      <h3>Nodes</h3>
      <ul className="row">
        {Object.values(world.nodes).map(({ truth }) => (
          <NodeCard
            key={truth.name}
            node={truth}
            sights={sights.filter(({ node }) => node === truth.name)}
            closed={closedOn(lines, name, truth.name).filter(({ at }) => now - at < SHOWN_MS)}
            colourOf={colourOf}
            now={now}
          />
        ))}
      </ul>
      <h3>Redis</h3>
      <Records world={world} colourOf={colourOf} />
    </section>
  );
}

type ColourOf = (session: string) => number | undefined;

function Records({ world, colourOf }: { world: WorldPicture; colourOf: ColourOf }) {
  return (
    <ul className="records" aria-label="Sessions that have a record">
      {world.redis.truth.records.toSorted().map((session) => (
        <li key={session} data-colour={colourOf(session)}>
          {session}
        </li>
      ))}
    </ul>
  );
}

function BrowserCard({ browser, colour }: { browser: Browser; colour: number | undefined }) {
  const open = browser.tabs.filter(({ socket }) => socket !== null).length;
  const who = browser.user === null ? 'nobody' : `${browser.user}, ${browser.role ?? 'no role'}`;
  return (
    <li className="card" data-colour={colour}>
      <strong>{browser.name}</strong>
      <span>A request is answered as to {who}.</span>
      <span>
        {open} of {browser.tabs.length} tabs connected
      </span>
    </li>
  );
}

interface NodeProps {
  readonly node: NodeTruth;
  readonly sights: readonly Sight[];
  readonly closed: readonly ClosedLine[];
  readonly colourOf: ColourOf;
  readonly now: number;
}

function NodeCard({ node, sights, closed, colourOf, now }: NodeProps) {
  const complaints = sights.map((sight) => [sight.dot.id, complaintOf(sight, now)] as const);
  return (
    <li className="card node" data-state={node.state}>
      <strong>
        Node {node.name} <span className="state">{STATES[node.state]}</span>
      </strong>
      <ul className="dots" aria-label={`Sockets of node ${node.name}`}>
        {sights.map((sight) => (
          <DotView
            key={sight.dot.id}
            sight={sight}
            colour={colourOf(sight.dot.session)}
            isWrong={complaintOf(sight, now) !== null}
          />
        ))}
      </ul>
      {complaints.map(
        ([id, text]) =>
          text !== null && (
            <p key={id} className="wrong">
              {text}
            </p>
          ),
      )}
      {closed.map(({ seq, session, ms }) => (
        <p key={seq} className="closed">
          {session}: closed after {ms} ms
        </p>
      ))}
    </li>
  );
}

interface DotProps {
  readonly sight: Sight;
  readonly colour: number | undefined;
  readonly isWrong: boolean;
}

function DotView({ sight: { dot }, colour, isWrong }: DotProps) {
  return (
    <li
      className="dot"
      data-colour={colour}
      data-wrong={isWrong || undefined}
      title={`${dot.session}, ${dot.role ?? 'no role'}`}
    >
      <span className="initial" aria-hidden="true">
        {(dot.user ?? '?').charAt(0)}
      </span>
      <span className="hidden-text">
        {dot.session}, as {dot.user ?? 'nobody'}
      </span>
    </li>
  );
}

/** The last ends on a node, as the library told them, with how long they took. */
function closedOn(lines: Picture['lines'], world: WorldName, node: string): ClosedLine[] {
  return lines
    .filter((line) => line.type === 'closed')
    .filter((line) => line.world === world && line.node === node && line.ms !== null)
    .slice(-3);
}
