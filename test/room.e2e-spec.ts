import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { dotsOf, EMPTY, type Picture, reduce } from '../client-demo/src/room/picture.js';
import { type RoomEvent, type WorldName, WORLDS } from '../client-demo/src/room/room-events.js';
import { eventually } from '../src/testing/eventually.js';
import { Room } from './room/room.js';
import { RoomServer } from './room/room-server.js';
import { TOOLS } from './room/room-tools.js';
import { Scoreboard } from './room/scoreboard.js';
import { stopAfterwards } from './support/cleanup.js';

describe('the control room', () => {
  let room: Room;
  let server: RoomServer;
  let cookie: string;
  let picture: Picture = EMPTY;
  let heard = '';

  beforeAll(async () => {
    room = await Room.start();
    server = await RoomServer.start(room, new Scoreboard());
    const { headers } = await fetch(server.address, { redirect: 'manual' });
    cookie = headers.get('set-cookie')?.split(';')[0] ?? '';
    await watch();
  });

  beforeEach(async () => {
    await use('start-over');
  });

  const ask = (path: string, settings: RequestInit = {}): Promise<Response> =>
    fetch(`${server.url}${path}`, {
      ...settings,
      headers: { cookie, ...(settings.headers as Record<string, string>) },
    });

  async function use(tool: string): Promise<void> {
    const { status } = await ask(`/use/${tool}`, { method: 'POST' });
    expect(status).toBe(204);
  }

  /** Reduces the stream to the picture, as the page does. */
  async function watch(): Promise<void> {
    const stop = new AbortController();
    stopAfterwards(() => {
      stop.abort();
    });
    const { body } = await ask('/events', { signal: stop.signal });
    void (async () => {
      let rest = '';
      for await (const chunk of body ?? []) {
        const text = Buffer.from(chunk as Uint8Array).toString();
        heard += text;
        const events = (rest + text).split('\n\n');
        rest = events.pop() ?? '';
        for (const each of events) {
          picture = reduce(picture, JSON.parse(each.slice('data: '.length)) as RoomEvent);
        }
      }
    })().catch(() => undefined);
  }

  const drawnIn = (world: WorldName): string[] =>
    picture.worlds
      ? dotsOf(picture.worlds[world]).map(({ id, session, user }) =>
          [id, session, user].join(' as '),
        )
      : [];

  /** What the nodes say when they are asked, now. */
  async function truthOf(name: WorldName): Promise<string[]> {
    const world = room.worlds[name];
    await Promise.all(world.nodes.map((node) => node.fresh()));
    return world.nodes.flatMap(({ sockets }) =>
      sockets.map(({ id, handle, user }) => [id, world.nameOf(handle), user].join(' as ')),
    );
  }

  async function untilDrawn(): Promise<void> {
    for (const world of WORLDS) {
      await eventually(async () => {
        const truth = await truthOf(world);
        return drawnIn(world).sort().join() === truth.sort().join();
      });
    }
  }

  const ofAda = (world: WorldName) =>
    drawnIn(world).filter((each) => each.includes('Ada’s laptop'));

  it.each(TOOLS.map(({ name }) => name))('draws what the nodes have after %s', async (tool) => {
    await use(tool);

    await untilDrawn();
    expect(drawnIn('recipe').length + drawnIn('ours').length).toBeGreaterThan(0);
  });

  it('draws four sockets in each world at the start', async () => {
    await untilDrawn();

    for (const world of WORLDS) expect(drawnIn(world)).toHaveLength(4);
  });

  it('shows after a logout what stays in the recipe, and nothing of ours', async () => {
    await use('logout');
    await untilDrawn();

    expect(ofAda('ours')).toEqual([]);
    expect(ofAda('recipe')).toHaveLength(1);
    expect(picture.worlds?.recipe.redis.truth.ended.map(({ session }) => session)).toEqual([
      'Ada’s laptop',
    ]);
  });

  it('says of each closed socket how long after the logout', async () => {
    await use('logout');

    const told = await eventually(() => {
      const lines = picture.lines.filter((line) => line.type === 'closed' && line.ms !== null);
      return lines.length >= 2 && lines;
    });
    expect(told).toContainEqual(expect.objectContaining({ world: 'ours', node: 'b' }));
  });

  it('sends no session id, and no cookie', async () => {
    await use('role');
    await untilDrawn();

    for (const world of WORLDS) {
      for (const { sid, handle } of room.worlds[world].browsers) {
        expect(sid).toMatch(/.{20}/);
        expect(heard).not.toContain(sid);
        expect(heard).not.toContain(handle);
      }
    }
  });

  it.each(['/', '/events', '/tools', '/rows', '/?token=wrong'])(
    'answers nothing to %s without the token',
    async (path) => {
      const answer = await fetch(`${server.url}${path}`);

      expect(answer.status).toBe(403);
      expect(await answer.text()).toBe('');
    },
  );

  it('uses no tool without the token', async () => {
    const { status } = await fetch(`${server.url}/use/logout`, { method: 'POST' });

    expect(status).toBe(403);
    await untilDrawn();
    expect(ofAda('ours')).toHaveLength(2);
  });

  it('takes a token once', async () => {
    const { address } = server;
    const statusOf = async () => (await fetch(address, { redirect: 'manual' })).status;

    expect([await statusOf(), await statusOf()]).toEqual([303, 403]);
  });

  it('uses no tool for a page of another origin', async () => {
    const headers = { origin: 'http://127.0.0.1:1' };
    const { status } = await ask('/use/logout', { method: 'POST', headers });

    expect(status).toBe(403);
  });
});
