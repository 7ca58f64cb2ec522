/** Whom a session speaks for: a signed-in user, or a guest who has no account. */
export interface Principal {
  readonly kind: 'user' | 'guest';
  readonly id: string;
}

/** The principal's name in room names and Redis keys, such as `user:42`. */
export function principalName(principal: Principal): string {
  return `${principal.kind}:${principal.id}`;
}

/** Whether two principals, either of which may be nobody, are the same. */
export function isSamePrincipal(one: Principal | null, other: Principal | null): boolean {
  return one?.kind === other?.kind && one?.id === other?.id;
}
