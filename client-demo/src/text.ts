/** Text that never changes; `data-text` attributes in index.html name its entries. */
export const STATIC_TEXT: Readonly<Record<string, string>> = {
  product: 'Shared Session',
  tagline:
    'Sign in once: every tab, on every node, shows the same cart live, and signing out closes them all.',
  otherNodeHint: 'It runs with npm run demo:nodes, and shares this login.',
  account: 'You',
  signOut: 'Sign out',
  continueAsGuest: 'Continue as guest',
  name: 'Name',
  email: 'Email',
  password: 'Password',
  demoHint:
    'Demo accounts: ada@example.com and grace@example.com, both with the password “correct horse battery”.',
  catalog: 'Catalog',
  cart: 'Your cart',
  clear: 'Clear',
  total: 'Total',
};

export const TEXT = {
  status: {
    connecting: () => 'Connecting…',
    live: (node: string) => `Live on node ${node}`,
    offline: () => 'Offline, trying again…',
    'signed-out': () => 'Signed out',
  },
  otherNode: (port: string) => `Open a second tab on port ${port}`,
  guest: 'You are a guest. Your cart comes along when you sign in.',
  user: (name: string, email: string) => `${name} (${email})`,
  signIn: 'Sign in',
  register: 'Create account',
  toRegister: 'New here? Register',
  toSignIn: 'I have an account',
  add: 'Add',
  addOne: (name: string) => `Add ${name} to the cart`,
  oneLess: (name: string) => `One less: ${name}`,
  oneMore: (name: string) => `One more: ${name}`,
  remove: 'Remove',
  removeLine: (name: string) => `Remove ${name}`,
  each: (price: string) => `${price} each`,
  cartEmpty: 'Nothing in it yet. Add something here or in another tab.',
  cartUnknown: 'The cart shows once you are connected.',
  notConnected: 'Not connected, so nothing was changed.',
  noAnswer: 'The server did not answer in time. Check the cart before you try again.',
  unreachable: 'The server is out of reach. Try again soon.',
  unreadable: 'The server gave an answer that this page does not understand.',
  unexpected: 'Something went wrong on this page.',
  ended: 'This session has ended.',
} as const;

/** Why a session ended, by the reason that `session:ended` gives. */
export const END_REASONS: Readonly<Record<string, string>> = {
  'signed-out': 'You signed out in another tab, and this one closed with it.',
  revoked: 'This session was ended from another device.',
  expired: 'This session has run out.',
};
