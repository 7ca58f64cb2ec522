import { describe, expect, it } from '@jest/globals';
import { aclFile, literally, redisUsers } from '../../scripts/redis-acl.js';

const rulesOf = (user: string, extra: readonly string[] = []) =>
  redisUsers({ prefix: 'shop:', legacyPrefix: 'sess:', extra }).get(user)?.split(' ') ?? [];

describe('the users of deploy/redis.acl', () => {
  it('have no broad rights, but for the administrator', () => {
    const users = redisUsers({ prefix: '', extra: [] });

    for (const [name, rules] of users)
      expect([name, /[~&]\*( |$)|@/.test(rules)]).toEqual([name, name === 'default']);
  });

  it('have keys and channels of one prefix', () => {
    const patterns = rulesOf('nodes').filter((rule) => /^[~&]/.test(rule));

    expect(patterns).toContain('~shop:sess:{*}');
    for (const pattern of patterns) expect(pattern).toMatch(/^[~&]shop:/);
  });

  it('have what some need only if it is asked for', () => {
    expect(rulesOf('nodes')).not.toContain('+asking');
    expect(rulesOf('nodes', ['cluster'])).toContain('+asking');
    expect(rulesOf('library', ['legacy'])).toContain('~sess:*');
  });

  it('stand in the file without passwords, and not at all if they have none', () => {
    const users = new Map([
      ['nodes', '+get'],
      ['worker', '+set'],
    ]);

    const file = aclFile(users, (name) => (name === 'nodes' ? 'secret' : undefined));

    expect(file).toMatch(/^user nodes on #[0-9a-f]{64} resetchannels -@all \+get\n$/);
  });

  it('take a prefix as it is', () => {
    expect(literally('a*[b]?\\')).toBe('a\\*\\[b\\]\\?\\\\');
  });
});
