// What leans on Redis itself, in the order of the list in jest.embedded.config.mjs.
import '../cart-bounds.e2e-spec.js';
import '../cart-script.e2e-spec.js';
import '../in-step.e2e-spec.js';
import '../kept-entries.e2e-spec.js';
import '../shared-login.e2e-spec.js';
import '../transitions.e2e-spec.js';
