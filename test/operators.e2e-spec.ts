import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { AccountsService } from '../src/server/accounts/accounts.service.js';
import { Passwords } from '../src/server/accounts/passwords.js';
import type { NodeReport } from '../src/server/operators/node-report.js';
import type { AdminAccount, AdminSession } from '../src/server/operators/operators.contract.js';
import { OperatorsService } from '../src/server/operators/operators.service.js';
import { Sessions } from '../src/shared-session/index.js';
import { eventually } from '../src/testing/eventually.js';
import { startRedis } from './support/redis-under-test.js';
import { startTestNode, type TestNode, uniquePrefix } from './support/test-node.js';
import { PASSWORD, Visitor } from './support/visitor.js';

const SUSPENDED = { reason: 'suspended', reconnect: 'never' };
const WRONG = { status: 401, body: { error: { code: 'INVALID_CREDENTIALS' } } };

describe('operators', () => {
  const redisPrefix = uniquePrefix();
  let redisUrl: string;
  let a: TestNode;
  let b: TestNode;

  beforeAll(async () => {
    redisUrl = await startRedis();
    a = await startTestNode({ redisUrl, redisPrefix, nodeName: 'alpha' });
    b = await startTestNode({ redisUrl, redisPrefix, nodeName: 'beta' });
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  async function admin(): Promise<Visitor> {
    const visitor = await new Visitor(a).register();
    const { id } = await service().find(visitor.email);
    await service().setRoles(id, ['admin']);
    return visitor;
  }

  const service = () => a.app.get(OperatorsService, { strict: false });

  const find = async (by: Visitor, { email }: Visitor): Promise<AdminAccount> =>
    (await by.post<AdminAccount>('/admin/accounts/find', { email })).body;

  describe('an account that is suspended', () => {
    it('loses its sessions on every node, and their sockets are told to stay away', async () => {
      const visitor = await new Visitor(a).register();
      const other = await new Visitor(a).login(visitor.email);
      const sockets = [await visitor.connect(), await other.connect(b)];
      const operating = await admin();
      const { id } = await find(operating, visitor);

      const { status } = await operating.post(`/admin/accounts/${id}/suspension`);

      expect(status).toBe(204);
      for (const socket of sockets) {
        expect(await socket.next('session:ended')).toMatchObject(SUSPENDED);
      }
      expect((await other.get('/user/profile')).status).toBe(401);
      expect(await find(operating, visitor)).toMatchObject({ suspended: true });
    });

    it('is refused as a wrong password is, after the same work', async () => {
      const visitor = await new Visitor(a).register();
      const { id } = await service().find(visitor.email);
      const credentials = { email: visitor.email, password: 'wrong horse battery' };
      const refused = await new Visitor(a).post('/auth/login', credentials);
      await service().suspend(id);
      const verify = jest.spyOn(a.app.get(Passwords, { strict: false }), 'verify');
      const signIn = jest.spyOn(a.app.get(Sessions, { strict: false }), 'signIn');

      const suspended = await new Visitor(a).tryLogin(visitor.email);

      expect(suspended).toMatchObject(WRONG);
      expect(suspended.body).toEqual(refused.body);
      expect(signIn).not.toHaveBeenCalled();
      expect(verify.mock.calls).toEqual([[expect.stringContaining('$argon2id$'), PASSWORD]]);
    });

    it('is not signed in to by a sign-in that was under way', async () => {
      const visitor = await new Visitor(a).register();
      const accounts = a.app.get(AccountsService, { strict: false });
      const authenticate = accounts.authenticate.bind(accounts);
      jest.spyOn(accounts, 'authenticate').mockImplementationOnce(async (credentials) => {
        const account = await authenticate(credentials);
        await service().suspend(account.id);
        return account;
      });

      const racing = new Visitor(a);
      const answer = await racing.tryLogin(visitor.email);

      expect(answer).toMatchObject(WRONG);
      expect((await racing.get('/user/profile')).status).toBe(401);
      const { id } = await service().find(visitor.email);
      expect(await a.app.get(Sessions, { strict: false }).list({ kind: 'user', id })).toEqual([]);
    });

    it('keeps its address, and may sign in when it is resumed', async () => {
      const visitor = await new Visitor(a).register();
      const operating = await admin();
      const { id } = await find(operating, visitor);
      await operating.post(`/admin/accounts/${id}/suspension`);
      const taken = { email: visitor.email, password: PASSWORD, name: 'V' };

      expect((await new Visitor(a).post('/auth/register', taken)).status).toBe(409);
      const { status } = await operating.request('DELETE', `/admin/accounts/${id}/suspension`);

      expect(status).toBe(204);
      expect((await visitor.tryLogin()).status).toBe(200);
    });
  });

  describe('by routes', () => {
    it('list sessions and end one, then all', async () => {
      const visitor = await new Visitor(a).register();
      const other = await new Visitor(a).login(visitor.email);
      const operating = await admin();
      const { id } = await find(operating, visitor);
      const path = `/admin/accounts/${id}/sessions`;

      const { body } = await operating.get<AdminSession[]>(path);
      expect(body.map(({ handle }) => handle).sort()).toEqual(
        [visitor.handle, other.handle].sort(),
      );

      expect((await operating.request('DELETE', `${path}/${other.handle}`)).status).toBe(204);
      expect((await operating.request('DELETE', `${path}/${other.handle}`)).status).toBe(404);
      expect((await other.get('/user/profile')).status).toBe(401);
      expect((await visitor.get('/user/profile')).status).toBe(200);

      expect((await operating.request('DELETE', path)).status).toBe(204);
      expect((await visitor.get('/user/profile')).status).toBe(401);
    });

    it('make an account an administrator, live', async () => {
      const visitor = await new Visitor(a).register();
      const socket = await visitor.connect();
      const operating = await admin();
      const { id } = await find(operating, visitor);
      expect((await visitor.get('/admin/nodes')).status).toBe(403);

      const change = { roles: ['admin'] };
      expect((await operating.post(`/admin/accounts/${id}/roles`, change)).status).toBe(204);

      expect(await socket.next('session:changed')).toMatchObject({ user: change });
      expect((await visitor.get('/admin/nodes')).status).toBe(200);
    });

    it.each(['two words', '', 'x'.repeat(33)])('take no role "%s"', async (role) => {
      const operating = await admin();
      const { id } = await find(operating, operating);

      const change = { roles: [role] };
      expect((await operating.post(`/admin/accounts/${id}/roles`, change)).status).toBe(400);
    });

    it.each([
      ['GET', 'sessions'],
      ['POST', 'suspension'],
      ['DELETE', 'suspension'],
      ['DELETE', 'sessions'],
    ])('are told of an account that is not there: %s %s', async (method, what) => {
      const operating = await admin();

      const { status } = await operating.request(method, `/admin/accounts/nobody/${what}`);

      expect(status).toBe(404);
    });

    it('are asked for their password when they last gave it too long ago', async () => {
      const operating = await admin();
      await a.app.get(Sessions, { strict: false }).update(operating.handle, (data) => {
        data.sharedSession = { ...data.sharedSession, authenticatedAt: Date.now() - 16 * 60_000 };
      });

      const answer = await operating.get('/admin/nodes');

      expect(answer).toMatchObject({
        status: 403,
        body: { error: { code: 'RECENT_SIGN_IN_REQUIRED' } },
      });
      await operating.post('/auth/confirm', { password: PASSWORD });
      expect((await operating.get('/admin/nodes')).status).toBe(200);
    });

    it('see what the limits of a node have refused', async () => {
      const handshakes = { perSecond: 0.001, burst: 1 };
      const settings = { redisUrl, redisPrefix, nodeName: 'strict', rateLimits: { handshakes } };
      const strict = await startTestNode(settings);
      const operating = await admin();
      await operating.connect(strict);

      await operating.socket(strict).refused();

      const refused = await eventually(async () => {
        const { body } = await operating.get<NodeReport[]>('/admin/nodes');
        return body.find(({ name, refused: { handshakes: count } }) => name === 'strict' && count);
      });
      expect(refused.refused).toEqual({ handshakes: 1 });
      await strict.stop();
    });

    it('see every node that lives, and who is connected to it', async () => {
      const gone = await startTestNode({ redisUrl, redisPrefix, nodeName: 'gone' });
      const operating = await admin();
      const { id } = await find(operating, operating);
      await operating.connect();
      await operating.connect();
      const nodes = async () => (await operating.get<NodeReport[]>('/admin/nodes')).body;
      await eventually(async () => (await nodes()).some(({ name }) => name === 'gone'));

      await gone.stop();

      const reports = await eventually(async () => {
        const found = await nodes();
        const alpha = found.find(({ name }) => name === 'alpha');
        return alpha?.who.some((each) => each.id === id && each.sockets === 2) && found;
      });
      expect(reports.map(({ name }) => name)).toEqual(['alpha', 'beta']);
      expect(reports[0]).toMatchObject({ ready: true, signals: 'heard' });
    });
  });
});
