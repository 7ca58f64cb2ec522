import { randomUUID } from 'node:crypto';
import { freePort } from '../../src/redis-server/free-port.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { NodeProcess } from '../support/node-process.js';
import { percentile, program, report } from '../support/program.js';
import { ProviderUser } from '../support/provider-user.js';
import { startRedisServer } from '../support/redis-under-test.js';
import type { TestSocket } from '../support/test-socket.js';
import { Visitor } from '../support/visitor.js';

const RUNS = 500;
/** The provider's memory is short. */
const AT_ONCE = 25;

interface Subject {
  readonly there: ProviderUser;
  readonly socket: TestSocket;
}

// Users log in at a real provider and have a socket on node B. One by one they log out there: measured is the time from the
// provider's call to node A until the socket is closed.
await program(async () => {
  const [redis, provider] = [await startRedisServer(), await IdentityProvider.start()];
  const port = await freePort();
  const url = `http://127.0.0.1:${String(port)}`;
  const redirect = `${url}/auth/oidc/callback`;
  const settings = {
    REDIS_URL: redis.url,
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: provider.clientId,
    OIDC_CLIENT_SECRET: provider.clientSecret,
    OIDC_REDIRECT_URI: redirect,
  };
  await provider.serve({
    redirect_uris: [redirect],
    backchannel_logout_uri: `${url}/backchannel-logout`,
  });
  const a = await NodeProcess.start('a', settings, { port });
  const b = await NodeProcess.start('b', settings);

  async function arrive(): Promise<Subject> {
    const visitor = new Visitor(a);
    const there = new ProviderUser(provider, randomUUID());
    const { headers } = await visitor.get('/auth/oidc');
    const back = new URL(await there.login(headers.get('location') ?? ''));
    await visitor.get(back.pathname + back.search);
    return { there, socket: await visitor.connect(b) };
  }

  const times: number[] = [];
  while (times.length < RUNS) {
    const subjects = await Promise.all(Array.from({ length: AT_ONCE }, arrive));
    for (const { there, socket } of subjects) {
      const gone = socket.next('disconnect').then(() => performance.now());
      await there.logout();
      times.push((await gone) - provider.calledAt);
    }
  }
  const p99 = percentile(times, 0.99);
  return report(`Logout at the identity provider: ${String(RUNS)} sessions`, [
    { what: 'p50 ms', measured: percentile(times, 0.5), target: '-', met: true },
    { what: 'p99 ms', measured: p99, target: '<= 200', met: p99 <= 200 },
    {
      what: 'max ms',
      measured: Math.max(...times),
      target: '<= 1000',
      met: Math.max(...times) <= 1000,
    },
  ]);
});
