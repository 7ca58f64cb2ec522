// What breaks, at the worst moment.
import '../lost-signals.e2e-spec.js';
import '../process-survives.e2e-spec.js';
import '../races.e2e-spec.js';
import '../redis-outage.e2e-spec.js';
