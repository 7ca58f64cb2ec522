import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What a server process tells of itself. */
export interface Inside {
  readonly heapKb: number;
  /** 99th percentile since the last question, in ms. */
  readonly delayP99Ms: number;
}

// Loaded into every peer's processes before the peer itself, and silent until it is asked.
const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();
process.on('message', () => {
  const delayP99Ms = delay.percentile(99) / 1e6;
  globalThis.gc?.();
  globalThis.gc?.();
  process.send?.({ heapKb: process.memoryUsage().heapUsed / 1024, delayP99Ms } satisfies Inside);
  delay.reset();
});
process.channel?.unref();
