import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dotsOf, EMPTY, type Picture, reduce } from './picture.js';
import type { Dot, News, NodeTruth, RoomEvent, WorldName, WorldTruth } from './room-events.js';

const dot = (id: string, session = 'laptop'): Dot => ({
  id,
  session,
  user: 'Ada',
  role: 'editor',
});
const node = (name: string, ...dots: Dot[]): NodeTruth => ({ name, state: 'up', dots });
const worldOf = (...nodes: NodeTruth[]): WorldTruth => ({
  nodes,
  browsers: [],
  redis: { records: ['laptop'], ended: [] },
});
const at = (seq: number, news: News): RoomEvent => ({ ...news, seq, at: seq * 10 });
const snapshot = (seq: number, ours: WorldTruth, run = 'run'): RoomEvent =>
  at(seq, { type: 'snapshot', run, worlds: { recipe: worldOf(node('a')), ours } });
const closed = (seq: number, session = 'laptop'): RoomEvent =>
  at(seq, { type: 'closed', world: 'ours', node: 'a', session, reason: 'signed-out', ms: 12 });
const told = (seq: number): RoomEvent =>
  at(seq, { type: 'told', world: null, text: `Number ${String(seq)}` });

const drawn = (...events: RoomEvent[]): Picture => events.reduce(reduce, EMPTY);
const idsOf = ({ worlds }: Picture, world: WorldName = 'ours') =>
  worlds ? dotsOf(worlds[world]).map(({ id }) => id) : null;

describe(reduce.name, () => {
  it('draws nothing before a snapshot', () => {
    const picture = drawn(closed(1), at(2, { type: 'node', world: 'ours', node: node('a') }));

    expect(picture).toEqual(EMPTY);
  });

  it('takes a dot away when the library says that its socket is gone', () => {
    const picture = drawn(snapshot(1, worldOf(node('a', dot('1'), dot('2', 'phone')))), closed(2));

    expect(idsOf(picture)).toEqual(['2']);
  });

  it('believes a node that was asked after the library had told', () => {
    const asked = at(3, { type: 'node', world: 'ours', node: node('a', dot('2')) });

    expect(idsOf(drawn(snapshot(1, worldOf(node('a', dot('1')))), asked, closed(2)))).toEqual([
      '2',
    ]);
  });

  it('keeps what is newest of a node, in whichever order it comes', () => {
    const older = at(2, { type: 'node', world: 'ours', node: node('a', dot('1')) });
    const newer = at(3, { type: 'node', world: 'ours', node: node('a') });

    expect(idsOf(drawn(snapshot(1, worldOf(node('a'))), newer, older))).toEqual([]);
  });

  it('tells the same once, in order', () => {
    const { lines } = drawn(snapshot(1, worldOf()), told(3), told(2), told(3));

    expect(lines.map(({ seq }) => seq)).toEqual([2, 3]);
  });

  it('begins anew with another supervisor, whose numbers are lower', () => {
    const first = [snapshot(90, worldOf(node('a', dot('1')))), told(91)];
    const picture = drawn(...first, snapshot(1, worldOf(node('a', dot('2'))), 'another'));

    expect(idsOf(picture)).toEqual(['2']);
    expect(picture.lines).toEqual([]);
  });

  describe('with events that are lost, doubled and out of order', () => {
    const worlds = fc.constantFrom<WorldName>('recipe', 'ours');
    const sessions = fc.constantFrom('laptop', 'phone');
    const dots = fc.array(fc.tuple(fc.string({ maxLength: 2 }), sessions), { maxLength: 4 });
    const nodes = fc
      .tuple(fc.constantFrom('a', 'b', 'unknown'), dots)
      .map(([name, those]) => node(name, ...those.map(([id, session]) => dot(id, session))));
    const news: fc.Arbitrary<News> = fc.oneof(
      fc.record({ type: fc.constant('node' as const), world: worlds, node: nodes }),
      fc.record({
        type: fc.constant('closed' as const),
        world: worlds,
        node: fc.constantFrom('a', 'b', 'nowhere'),
        session: sessions,
        reason: fc.constant('signed-out'),
        ms: fc.option(fc.nat(50)),
      }),
      fc.record({
        type: fc.constant('redis' as const),
        world: worlds,
        redis: fc.constant({ records: [], ended: [] }),
      }),
      fc.constant({ type: 'told', world: null, text: 'something' } as const),
      fc.constant({ type: 'alive' } as const),
      nodes.map((each): News => {
        const world = worldOf(each);
        return { type: 'snapshot', run: 'run', worlds: { recipe: world, ours: world } };
      }),
    );
    const events = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), news), { maxLength: 40 });

    it('never fails, and a fresh snapshot brings it to the truth', () => {
      fc.assert(
        fc.property(events, nodes, fc.nat(20), (before, truth, late) => {
          const stream = before.map(([seq, each]) => at(seq, each));
          const fresh = snapshot(41, worldOf(truth));
          // What comes after the snapshot was sent before it.
          const picture = drawn(...stream, fresh, ...stream.slice(0, late));

          expect(idsOf(picture)).toEqual(truth.dots.map(({ id }) => id));
          expect(idsOf(picture, 'recipe')).toEqual([]);
        }),
      );
    });

    it('draws the same for events that come twice', () => {
      fc.assert(
        fc.property(events, (before) => {
          const numbered = before.map(([, each], index) => at(index + 2, each));
          const start = snapshot(1, worldOf(node('a', dot('1'))));
          const twice = numbered.flatMap((each) => [each, each]);

          expect(drawn(start, ...twice)).toEqual(drawn(start, ...numbered));
        }),
      );
    });
  });
});
