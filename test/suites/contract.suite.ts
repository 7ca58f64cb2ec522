// What routes and events take and give; accounts and their devices.
import '../account-changes.e2e-spec.js';
import '../allowed-hosts.e2e-spec.js';
import '../caches.e2e-spec.js';
import '../connection-bounds.e2e-spec.js';
import '../contract.e2e-spec.js';
import '../devices.e2e-spec.js';
import '../gateway-events.e2e-spec.js';
import '../gateway-hooks.e2e-spec.js';
import '../gateway-start.e2e-spec.js';
import '../hot-path.e2e-spec.js';
import '../http-contract.e2e-spec.js';
import '../operators.e2e-spec.js';
import '../payloads.e2e-spec.js';
import '../provider-login.e2e-spec.js';
import '../refused-clients.e2e-spec.js';
import '../socket-contract.e2e-spec.js';
import '../socket-refusals.e2e-spec.js';
