import { spawnSync } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopAfterwards } from '../../support/cleanup.js';

const SIZE = '64m';
const CHUNK = Buffer.alloc(65_536, 1);

/** A disk in memory that is soon full. */
export class SmallDisk {
  readonly #rest: string;

  private constructor(readonly directory: string) {
    this.#rest = join(directory, 'rest');
  }

  /** Undefined where this process may mount none. */
  static async mount(): Promise<SmallDisk | undefined> {
    const directory = await mkdtemp(join(tmpdir(), 'small-disk-'));
    const settings = ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', directory];
    if (spawnSync('mount', settings).status !== 0) {
      await rm(directory, { recursive: true });
      return undefined;
    }
    stopAfterwards(async () => {
      // Whatever still has a file open there goes on having it.
      spawnSync('umount', ['-l', directory]);
      await rm(directory, { recursive: true });
    });
    return new SmallDisk(directory);
  }

  /** Leaves no room. */
  async fill(): Promise<void> {
    const file = await open(this.#rest, 'w');
    try {
      for (;;) await file.write(CHUNK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      await file.close();
    }
  }

  async empty(): Promise<void> {
    await rm(this.#rest);
  }
}
