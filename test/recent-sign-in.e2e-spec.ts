import 'reflect-metadata';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Module, Post, Req } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { Request } from 'express';
import {
  HttpErrorFilter,
  RecentSignIn,
  SessionController,
  Sessions,
} from '../src/shared-session/index.js';
import { startApp } from '../src/testing/test-node.js';
import { cleanup } from './support/cleanup.js';
import { startRedis } from './support/redis-under-test.js';
import { sharedSession } from './support/shared-session.js';
import { startTestNode, type TestNode, uniquePrefix } from './support/test-node.js';
import { PASSWORD, Visitor } from './support/visitor.js';

@Controller()
@RecentSignIn(60)
class VaultController {
  @Post('open')
  @RecentSignIn(15)
  open(): string {
    return 'open';
  }

  @Post('look')
  look(): string {
    return 'closed';
  }
}

@Controller()
class ConfirmController {
  constructor(private readonly sessions: Sessions) {}

  @Post('confirm')
  async confirm(@Req() request: Request): Promise<void> {
    await this.sessions.confirmSignIn(request);
  }
}

@WebSocketGateway()
class VaultGateway {
  @SubscribeMessage('open')
  @RecentSignIn(15)
  open(): string {
    return 'open';
  }
}

const ASKED_AGAIN = {
  code: 'RECENT_SIGN_IN_REQUIRED',
  message: expect.any(String),
  details: { maxAgeSeconds: 900 },
};

/** As if the user had last proved who they are so long ago. */
async function age(node: TestNode, { handle }: Visitor, minutes: number): Promise<void> {
  await node.app.get(Sessions, { strict: false }).update(handle, (data) => {
    const authenticatedAt = Date.now() - minutes * 60_000;
    data.sharedSession = { ...data.sharedSession, authenticatedAt };
  });
}

describe('a handler that asks for a recent sign-in', () => {
  let a: TestNode;
  let b: TestNode;

  beforeAll(async () => {
    const redisUrl = await startRedis();
    const prefix = uniquePrefix();
    const start = async (): Promise<TestNode> => {
      @Module({
        imports: [sharedSession(redisUrl, { prefix, auditRoutes: 'off' })],
        controllers: [SessionController, VaultController, ConfirmController],
        providers: [VaultGateway],
      })
      class VaultModule {}
      const running = await startApp(VaultModule, cleanup, (app) => {
        app.useGlobalFilters(new HttpErrorFilter());
      });
      return { ...running, name: '', isPlain: true };
    };
    [a, b] = await Promise.all([start(), start()]);
  });

  const signedIn = () => new Visitor(a).loginAs({ id: 'ada' });

  it('lets whoever has just signed in, over HTTP and sockets', async () => {
    const visitor = await signedIn();
    const socket = await visitor.connect(b);

    expect((await visitor.post('/open')).status).toBe(201);
    expect(await socket.ask('open')).toEqual({ ok: true, data: 'open' });
  });

  it('says to others what their client can do about it', async () => {
    const visitor = await signedIn();
    const socket = await visitor.connect(b);

    await age(a, visitor, 16);

    expect(await visitor.post('/open')).toMatchObject({
      status: 403,
      body: { error: ASKED_AGAIN },
    });
    expect(await socket.ask('open')).toEqual({ ok: false, error: ASKED_AGAIN });
  });

  it('lets them again when they have proved who they are, at once and on every node', async () => {
    const visitor = await signedIn();
    const socket = await visitor.connect(b);
    for (let round = 0; round < 20; round += 1) {
      await age(a, visitor, 16);
      await socket.ask('open');

      expect((await visitor.post('/confirm')).status).toBe(201);

      expect(await socket.ask('open')).toEqual({ ok: true, data: 'open' });
      expect((await visitor.post('/open', undefined, b)).status).toBe(201);
    }
  });

  it('asks for the minutes of the handler, where its class asks for others', async () => {
    const visitor = await signedIn();

    await age(a, visitor, 30);
    expect((await visitor.post('/look')).status).toBe(201);
    expect((await visitor.post('/open')).status).toBe(403);

    await age(a, visitor, 61);
    expect((await visitor.post('/look')).status).toBe(403);
  });

  it('takes no guest, nor whoever has no session', async () => {
    const guest = await new Visitor(a).arrive();
    const socket = await guest.connect(b);

    expect((await guest.post('/open')).status).toBe(401);
    expect((await guest.post('/confirm')).status).toBe(401);
    expect((await new Visitor(a).post('/open')).status).toBe(401);
    expect(await socket.ask('open')).toMatchObject({ error: { code: 'UNAUTHENTICATED' } });
  });

  it.each([['a text'], [null], [{}]])(
    'takes %p, where application code has written that as the time, for no proof',
    async (authenticatedAt) => {
      const visitor = await signedIn();
      await a.app.get(Sessions).update(visitor.handle, (data) => {
        data.sharedSession = { startedAt: 0, authenticatedAt: authenticatedAt as never };
        data.sharedSession = { ...data.sharedSession, startedAt: Date.now() - 3_600_000 };
      });

      expect((await visitor.post('/open')).status).toBe(403);
    },
  );

  it('needs a number of minutes', () => {
    for (const minutes of [0, -1, NaN, Infinity]) {
      expect(() => RecentSignIn(minutes)).toThrow(RangeError);
    }
  });
});

describe('the reference server’s password', () => {
  let node: TestNode;

  beforeAll(async () => {
    node = await startTestNode({ redisUrl: await startRedis(), redisPrefix: uniquePrefix() });
  });

  const NEXT = 'another horse battery';
  const change = { current: PASSWORD, next: NEXT };

  it('is changed after the old one was typed once more, where the sign-in is old', async () => {
    const visitor = await new Visitor(node).register();
    await age(node, visitor, 16);

    const refused = await visitor.post('/user/password', change);
    expect(refused).toMatchObject({ status: 403, body: { error: ASKED_AGAIN } });

    expect((await visitor.post('/auth/confirm', { password: PASSWORD })).status).toBe(204);
    expect((await visitor.post('/user/password', change)).status).toBe(204);
  });

  it('is not confirmed by another', async () => {
    const visitor = await new Visitor(node).register();
    await age(node, visitor, 16);

    const wrong = await visitor.post('/auth/confirm', { password: NEXT });

    expect(wrong).toMatchObject({ status: 401, body: { error: { code: 'INVALID_CREDENTIALS' } } });
    expect((await visitor.post('/user/password', change)).status).toBe(403);
    expect((await new Visitor(node).post('/auth/confirm', { password: NEXT })).status).toBe(401);
  });
});
