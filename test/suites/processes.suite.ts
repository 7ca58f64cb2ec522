// Nodes and commands in processes of their own.
import '../audit.e2e-spec.js';
import '../classic-adapter.e2e-spec.js';
import '../operator-command.e2e-spec.js';
import '../room.e2e-spec.js';
import '../start.e2e-spec.js';
