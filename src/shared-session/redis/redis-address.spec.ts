import { describe, expect, it } from '@jest/globals';
import { parseRedisAddress } from './redis-address.js';

describe('parseRedisAddress', () => {
  it.each(['redis://127.0.0.1:6379', 'rediss://user:pass@cache.example', 'redis://[::1]:6379/1'])(
    'takes %s as one server',
    (url) => {
      expect(parseRedisAddress(url)).toEqual({ url });
    },
  );

  it('takes the servers of a Cluster, with a login for each', () => {
    const login = { username: 'app', password: 'p:w' };
    expect(parseRedisAddress('redis+cluster://app:p%3Aw@one:7000,two')).toEqual({
      cluster: {
        rootNodes: [
          { ...login, socket: { host: 'one', port: 7000 } },
          { ...login, socket: { host: 'two', port: 6379 } },
        ],
        defaults: login,
      },
    });
  });

  it.each([
    ['a list', ['rediss://:pw@one:7000', 'rediss://:pw@two:7000']],
    ['a text with commas', 'rediss://:pw@one:7000,rediss://:pw@two:7000'],
  ])('takes several addresses, %s, as those of one Cluster', (_, addresses) => {
    expect(parseRedisAddress(addresses)).toEqual({
      cluster: {
        rootNodes: [{ url: 'rediss://:pw@one:7000' }, { url: 'rediss://:pw@two:7000' }],
        defaults: { password: 'pw', socket: { tls: true } },
      },
    });
  });

  it('takes the Sentinels of a master, over TLS to the master', () => {
    expect(parseRedisAddress('rediss+sentinel://one,[::1]:26380/my%20master')).toEqual({
      sentinel: {
        name: 'my master',
        sentinelRootNodes: [
          { host: 'one', port: 26_379 },
          { host: '::1', port: 26_380 },
        ],
        nodeClientOptions: { socket: { tls: true } },
      },
    });
  });

  it.each([
    'http://cache.example',
    'redis:',
    '',
    'redis+cluster://',
    'redis+cluster://one/name',
    'redis+sentinel://one',
    'redis+other://one',
    'redis://one,http://two',
    'redis+cluster://one:99999',
  ])('takes nothing else: %p', (text) => {
    expect(parseRedisAddress(text)).toBeUndefined();
  });
});
