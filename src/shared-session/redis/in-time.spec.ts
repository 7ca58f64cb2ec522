import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { inTime } from './in-time.js';

const late = () => new Error('late');

/** As long as it takes, nothing else runs. */
function standStill(forMs: number): void {
  const end = performance.now() + forMs;
  while (performance.now() < end);
}

describe('waiting in time', () => {
  it('gives what came in time, and the error that it came to', async () => {
    await expect(inTime(Promise.resolve('reply'), 1000, late)).resolves.toBe('reply');
    await expect(inTime(Promise.reject(new Error('no')), 1000, late)).rejects.toThrow('no');
  });

  it('is over when its time is', async () => {
    const start = performance.now();

    await expect(inTime(new Promise(() => undefined), 100, late)).rejects.toThrow('late');

    // Timers may fire a millisecond early.
    expect(performance.now() - start).toBeGreaterThan(90);
  });

  it('does not count the time in which the process stands still', async () => {
    let reply: (value: string) => void = () => undefined;
    const waiting = inTime(new Promise<string>((resolve) => (reply = resolve)), 500, late);

    standStill(700);
    setTimeout(() => {
      reply('reply');
    }, 10);

    await expect(waiting).resolves.toBe('reply');
  });

  it('reads what came while the process stood still before its time is over', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [peer] = (await once(server, 'connection')) as [ReturnType<typeof connect>];
    const reply = once(client, 'data');
    let isHere = false;
    const tooLate: boolean[] = [];
    // So many that the time of some is nearly over when the process stands still.
    for (let started = 0; started < 50; started += 1) {
      inTime(reply, 200, late).catch(() => tooLate.push(isHere));
      await pause(5);
    }

    peer.write('reply');
    isHere = true;
    standStill(100);

    await reply;
    expect(tooLate).not.toContain(true);
    client.destroy();
    server.close();
  });
});
