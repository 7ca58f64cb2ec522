import { stopAfterwards } from '../../support/cleanup.js';
import type { Random } from '../../support/random.js';
import { untilCopied } from '../../support/until-copied.js';
import { type RedisSentinel, startRedisSentinel } from '../../support/redis-sentinel.js';
import type { Deployment } from './experiment.js';
import { StormProxy } from './proxy.js';

/** A master, its replica and three Sentinels; everybody reaches the master by way of a proxy. */
export interface SentinelDeployment extends Deployment {
  readonly servers: RedisSentinel;
  readonly front: StormProxy;
}

export async function startSentinels(random: Random): Promise<SentinelDeployment> {
  let front: StormProxy | undefined;
  const servers = await startRedisSentinel({}, async (url) => {
    front = await new StormProxy(url, random).listen();
    return front.url;
  });
  stopAfterwards(async () => {
    await servers.stop();
    await front?.close();
  });
  if (!front) throw new Error('Nobody asked for the proxy.');
  // Before that, no replica confirms anything.
  await untilCopied([servers.master]);
  return { url: servers.url, servers, front, isDirect: true };
}
