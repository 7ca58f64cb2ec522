// A session and its sockets, from its first request to its end.
import '../adoption.e2e-spec.js';
import '../early-save.e2e-spec.js';
import '../in-step.e2e-spec.js';
import '../kept-entries.e2e-spec.js';
import '../late-name.e2e-spec.js';
import '../loaded-users.e2e-spec.js';
import '../other-platform.e2e-spec.js';
import '../records.e2e-spec.js';
import '../remembered-sessions.e2e-spec.js';
import '../secure-cookie.e2e-spec.js';
import '../session-count.e2e-spec.js';
import '../session-limits.e2e-spec.js';
import '../shared-login.e2e-spec.js';
import '../streams.e2e-spec.js';
import '../transitions.e2e-spec.js';
import '../upgrade-request.e2e-spec.js';
import '../workers.e2e-spec.js';
