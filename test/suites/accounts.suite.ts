// Accounts and their devices.
import '../account-changes.e2e-spec.js';
import '../devices.e2e-spec.js';
