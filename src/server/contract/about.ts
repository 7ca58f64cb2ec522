/** What both documents say of this server. */
export const ABOUT = {
  title: 'nestjs-shared-session, reference server',
  version: '1',
  description:
    'A shop in which one login holds for HTTP and Socket.IO, on every node. An error is `{ code, message, details? }`; `RATE_LIMITED` always has `details.retryAfterMs`. What each code means, and what a client should do, stands at /docs.',
  license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
} as const;

/** Who keeps it up: where the package is. */
export const CONTACT = {
  name: 'nestjs-shared-session',
  url: 'https://www.npmjs.com/package/nestjs-shared-session',
} as const;

/** What routes and events are about, by the first part of a path or of an event’s name. */
export const TAGS: Readonly<Record<string, string>> = {
  session: 'Who the visitor is, and how long the session lives.',
  auth: 'Accounts: registering, signing in and out.',
  user: 'The signed-in user.',
  devices: 'Where the user is signed in.',
  catalog: 'What the shop sells.',
  cart: 'The cart, the same in every tab.',
  admin: 'What operators do.',
  health: 'How a node is.',
  'backchannel-logout': 'For the identity provider: logouts there.',
  'security-events': 'For the identity provider: what has happened to a login or a user there.',
};

/** The tag of a path or of an event. */
export function tagOf(pathOrEvent: string): string {
  return /^\/?([\w-]+)/.exec(pathOrEvent)?.[1] ?? '';
}

/** As both formats list them. */
export const tags = (names: Iterable<string>) =>
  [...new Set(names)].map((name) => ({ name, description: TAGS[name] ?? '' }));
