import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, Module, Res, UseGuards } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { Response } from 'express';
import {
  CurrentSession,
  type Session,
  SessionLinks,
  Sessions,
  SignedIn,
  SignedInGuard,
} from '../src/shared-session/index.js';
import { SessionSignals } from '../src/shared-session/signals/session-signals.js';
import { eventually } from '../src/testing/eventually.js';
import { startNodes, type TestNode, Visitor } from '../src/testing/index.js';
import { stopAfterwards } from './support/cleanup.js';
import { startRedis } from './support/redis-under-test.js';
import { sharedSession } from './support/shared-session.js';
import { Stream } from './support/stream.js';
import { uniquePrefix } from './support/test-node.js';

/** What the handlers of events were told by their session's signal. */
const told: unknown[] = [];
/** What those heard who held a session. */
const heard: unknown[] = [];
const note = (what: string): void => {
  heard.push(what);
};

@Controller()
class WorkController {
  constructor(private readonly links: SessionLinks) {}

  /** An answer that lasts until its session ends. */
  @Get('download')
  @SignedIn()
  download(@CurrentSession() { signal }: Session, @Res() response: Response): void {
    response.write('begun');
    signal.addEventListener('abort', () => {
      response.end((signal.reason as { reason: string }).reason);
    });
  }

  @Get('hold')
  @SignedIn()
  hold(@CurrentSession() session: Session): void {
    this.links.hold(session, () => {
      throw new Error('A holder may fail.');
    });
    this.links.hold(session, note, ({ user }) => {
      note(`roles ${String(user?.roles)}`);
    });
    const released = this.links.hold(session, () => {
      note('released');
    });
    released.release();
  }

  @Get('plain')
  @SignedIn()
  plain(): string {
    return 'plain';
  }
}

@WebSocketGateway()
class WorkGateway {
  @SubscribeMessage('work')
  @UseGuards(SignedInGuard)
  work(@CurrentSession() { signal }: Session): Promise<string> {
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        told.push(signal.reason);
        resolve('aborted');
      });
    });
  }
}

describe('whatever goes on in a session’s name', () => {
  let a: TestNode;
  let b: TestNode;

  beforeAll(async () => {
    const redisUrl = await startRedis();
    const prefix = uniquePrefix();
    const started = await startNodes(
      (redis) => {
        @Module({
          imports: [sharedSession(redis, { prefix })],
          controllers: [WorkController],
          providers: [WorkGateway],
        })
        class WorkModule {}
        return WorkModule;
      },
      2,
      { redisUrl },
    );
    stopAfterwards(started.stop);
    [a, b] = started.nodes;
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('is told of what changed while it came to be held', async () => {
    const visitor = await new Visitor(a).loginAs({ id: 'eve', roles: [] });
    const signals = a.app.get(SessionSignals, { strict: false });
    jest.spyOn(signals, 'follow').mockImplementation(() => undefined);
    jest.spyOn(signals, 'inForce').mockImplementation(async () => {
      await b.app.get(Sessions, { strict: false }).update(visitor.handle, ({ user }) => {
        Object.assign(user ?? {}, { roles: ['late'] });
      });
    });

    await visitor.get('/hold');

    await eventually(() => heard.includes('roles late'));
  });

  const endOf = (visitor: Visitor) => b.app.get(Sessions, { strict: false }).end(visitor.handle);
  const linkOf = (visitor: Visitor) =>
    a.app.get(SessionLinks, { strict: false }).get(visitor.handle);

  describe('the signal of a session', () => {
    it('ends a long answer on another node', async () => {
      const visitor = await new Visitor(a).loginAs({ id: 'ada' });
      const stream = new Stream(a, '/download', visitor);
      expect(await stream.brings('begun')).toBe(true);

      await endOf(visitor);

      expect(await stream.rest()).toBe('begunrevoked');
    });

    it('costs nothing where nobody takes it', async () => {
      const visitor = await new Visitor(a).loginAs({ id: 'ada' });
      const hold = jest.spyOn(a.app.get(SessionLinks, { strict: false }), 'hold');

      expect((await visitor.get('/plain')).body).toBe('plain');

      expect(hold).not.toHaveBeenCalled();
    });

    it.each(['its end', 'its last socket'])('stops the work of a socket with %s', async (with_) => {
      told.length = 0;
      const visitor = await new Visitor(a).loginAs({ id: 'ada' });
      const socket = await visitor.connect();
      socket.client.emit('work');
      await eventually(async () => (await socket.ask('session:get')).ok);

      if (with_ === 'its end') await endOf(visitor);
      else socket.client.disconnect();

      await eventually(() => told.length === 1);
      const expected = with_ === 'its end' ? { reason: 'revoked' } : { name: 'AbortError' };
      expect(told[0]).toMatchObject(expected);
    });
  });

  describe('what an application holds', () => {
    it('is told of changes, and of the end, until it is released', async () => {
      heard.length = 0;
      const visitor = await new Visitor(a).loginAs({ id: 'ada' });
      await visitor.get('/hold');
      await eventually(() => linkOf(visitor)?.session);
      const sessions = b.app.get(Sessions, { strict: false });

      await sessions.update(visitor.handle, ({ user }) =>
        Object.assign(user ?? {}, { roles: ['x'] }),
      );
      await eventually(() => heard.length === 1);
      await sessions.end(visitor.handle);
      await eventually(() => heard.length === 2);

      expect(heard).toEqual(['roles x', 'revoked']);
      expect(linkOf(visitor)).toBeUndefined();
    });
  });
});
