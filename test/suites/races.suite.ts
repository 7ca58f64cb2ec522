// What happens at the same time, and a Redis that is away.
import '../races.e2e-spec.js';
import '../redis-outage.e2e-spec.js';
