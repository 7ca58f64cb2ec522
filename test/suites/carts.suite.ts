// Carts, and the client that shows them.
import '../cart-bounds.e2e-spec.js';
import '../cart-script.e2e-spec.js';
import '../client.e2e-spec.js';
import '../convergence.e2e-spec.js';
import '../guest-cart.e2e-spec.js';
