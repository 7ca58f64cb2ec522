// What happens at the same time, a Redis that is away, and tests of an application's own for both.
import '../races.e2e-spec.js';
import '../readiness.e2e-spec.js';
import '../redis-outage.e2e-spec.js';
import '../testing.e2e-spec.js';
import '../worker-outages.e2e-spec.js';
