export { type MetricsOptions, SharedSessionMetrics } from './shared-session-metrics.js';
export { serveMetrics, type ServeMetricsOptions } from './serve-metrics.js';
