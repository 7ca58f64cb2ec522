import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Gauge, type Registry } from 'prom-client';

const RESOLUTION_MS = 10;
const NANOSECONDS = 1e9;
/** What the monitor adds to each delay: the interval at which it looks. */
const OWN_SECONDS = RESOLUTION_MS / 1000;

const DELAYS = {
  p50: (histogram: Delays) => histogram.percentile(50),
  p99: (histogram: Delays) => histogram.percentile(99),
  max: (histogram: Delays) => histogram.max,
};
type Delays = ReturnType<typeof monitorEventLoopDelay>;

/**
 * How late timers are: since the metrics were asked for last.
 *
 * @returns a function that stops it
 * @see https://opentelemetry.io/docs/specs/semconv/runtime/nodejs-metrics/ for the names
 */
export function measureEventLoop(registry: Registry): () => void {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  const names = Object.keys(DELAYS) as (keyof typeof DELAYS)[];
  for (const name of names) {
    const isLast = name === names.at(-1);
    new Gauge({
      name: `nodejs_eventloop_delay_${name}_seconds`,
      help: `How late timers were since the last scrape, ${name}.`,
      registers: [registry],
      // The registry asks them in this order: what comes later counts for the next scrape.
      collect() {
        const seconds = DELAYS[name](histogram) / NANOSECONDS - OWN_SECONDS;
        this.set(histogram.count === 0 ? 0 : Math.max(0, seconds));
        if (isLast) histogram.reset();
      },
    });
  }
  return () => {
    histogram.disable();
  };
}
