export { SharedSessionTracing, type TracingOptions } from './shared-session-tracing.js';
