import { beforeAll, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { AppModule } from '../src/server/app.module.js';
import { readEnvironment } from '../src/server/config/environment.js';
import { configureApp } from '../src/server/configure-app.js';
import { OperatorsService } from '../src/server/operators/operators.service.js';
import { Roles } from '../src/shared-session/index.js';
import { eventually } from '../src/testing/eventually.js';
import { startApp } from '../src/testing/test-node.js';
import { cleanup } from './support/cleanup.js';
import { operator } from './support/operator-command.js';
import { startRedis } from './support/redis-under-test.js';
import { startTestNode, TEST_SECRET, type TestNode, uniquePrefix } from './support/test-node.js';
import { PASSWORD, Visitor } from './support/visitor.js';

const SUSPENDED = { reason: 'suspended', reconnect: 'never' };

@WebSocketGateway()
class StockGateway {
  @SubscribeMessage('stock:count')
  @Roles('staff')
  count() {
    return 7;
  }
}

describe('the operator command', () => {
  const redisPrefix = uniquePrefix();
  let redisUrl: string;
  let a: TestNode;
  /** A node with an event that only staff may send. */
  let staffed: { url: string };

  beforeAll(async () => {
    redisUrl = await startRedis();
    a = await startTestNode({ redisUrl, redisPrefix, nodeName: 'alpha' });
    const environment = {
      ...readEnvironment({}),
      redisUrl,
      redisPrefix,
      nodeName: 'beta',
      sessionSecrets: [TEST_SECRET],
      demoAccounts: false,
    };
    @Module({ imports: [AppModule.forRoot(environment)], providers: [StockGateway] })
    class StaffedModule {}
    staffed = await startApp(StaffedModule, cleanup, (app) => {
      configureApp(app, environment);
    });
  });

  const run = (...args: string[]) => operator({ redisUrl, redisPrefix }, ...args);

  const service = () => a.app.get(OperatorsService, { strict: false });

  it('gives and takes roles, live, on open sockets', async () => {
    const visitor = await new Visitor(a).register();
    const socket = await visitor.connect(staffed);
    expect(await socket.ask('stock:count')).toMatchObject({ error: { code: 'FORBIDDEN' } });

    expect(await run('roles', visitor.email, 'staff')).toMatchObject({ code: 0 });
    expect(await socket.next('session:changed')).toMatchObject({ user: { roles: ['staff'] } });
    expect(await socket.get('stock:count')).toBe(7);

    await run('roles', visitor.email);
    expect(await socket.next('session:changed')).toMatchObject({ user: { roles: [] } });
    expect(await socket.ask('stock:count')).toMatchObject({ error: { code: 'FORBIDDEN' } });
    expect(socket.client.connected).toBe(true);
  });

  it('ends all sessions of an account, or one', async () => {
    const visitor = await new Visitor(a).register();
    const other = await new Visitor(a).login(visitor.email);
    const [mine, theirs] = [await visitor.connect(), await other.connect(staffed)];

    await run('end', visitor.email, other.handle);
    expect(await theirs.next('session:ended')).toMatchObject({ reason: 'revoked' });
    expect(mine.client.connected).toBe(true);

    await run('end', visitor.email.toUpperCase());
    expect(await mine.next('session:ended')).toMatchObject({ reason: 'revoked' });
  });

  it('suspends an account and lets it sign in again', async () => {
    const visitor = await new Visitor(a).register();
    const socket = await visitor.connect(staffed);

    expect(await run('suspend', visitor.email)).toMatchObject({ code: 0 });
    expect(await socket.next('session:ended')).toMatchObject(SUSPENDED);
    expect((await visitor.tryLogin()).status).toBe(401);

    expect(await run('resume', visitor.email)).toMatchObject({ code: 0 });
    expect((await visitor.tryLogin()).status).toBe(200);
  });

  it('shows sessions, without what would act on the terminal', async () => {
    const visitor = await new Visitor(a).register();
    await new Visitor(a).request('POST', '/auth/login', {
      body: { email: visitor.email, password: PASSWORD },
      headers: { 'user-agent': 'Evil\u009b31m/1.0' },
    });

    const { output } = await run('sessions', visitor.email);

    expect(output).toContain(visitor.handle);
    expect(output).toContain('Evil31m/1.0');
  });

  it('shows who is connected, by node, and how each node is', async () => {
    const visitor = await new Visitor(a).register();
    await visitor.connect(staffed);
    await eventually(async () => {
      const { id } = await service().find(visitor.email);
      const nodes = await service().nodes();
      return nodes.some(({ who }) => who.some((each) => each.id === id));
    });

    const who = await run('who');
    const node = await run('node', 'beta');

    expect(who.output).toMatch(/^beta: \d+ sockets? of \d+ users? and \d+ guests?$/m);
    expect(who.output).toContain(`  ${visitor.email}  1 socket`);
    expect(node.output).toMatch(/^beta {2}ready {2}hears the others {2}/);
    expect(node.output).not.toContain('operator-');
  });

  it.each([
    [['roles', 'nobody@example.com'], 'There is no account'],
    [['fire', 'ada@example.com'], 'Usage:'],
    [['toString'], 'Usage:'],
    [['end'], 'Usage:'],
  ])('says what is wrong with %j', async (args, message) => {
    const { code, errors } = await run(...args);

    expect(code).toBe(1);
    expect(errors).toContain(message);
  });
});
