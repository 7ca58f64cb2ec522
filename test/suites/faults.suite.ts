// What breaks, at the worst moment.
import '../faults.e2e-spec.js';
import '../hostile.e2e-spec.js';
import '../lost-signals.e2e-spec.js';
import '../process-survives.e2e-spec.js';
