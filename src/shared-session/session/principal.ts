/**
 * Every kind of principal that there is. {@link RULES} says what follows for each; `principalOf` in session-data.ts
 * reads from a session which one it speaks for.
 */
export const PRINCIPAL_KINDS = ['user', 'guest'] as const;
export type PrincipalKind = (typeof PRINCIPAL_KINDS)[number];

/** Whom a session speaks for: a signed-in user, or a guest who has no account. */
export interface Principal {
  readonly kind: PrincipalKind;
  readonly id: string;
}

/** What follows from a principal's kind. */
interface PrincipalRules {
  /** Whether it has a list of sessions, whose sockets are counted and whose changes are told. */
  readonly hasDevices: boolean;
  /** Whether it goes along when somebody signs in from its session, so that its belongings can join the user's. */
  readonly joinsAtSignIn: boolean;
}

const RULES: Readonly<Record<PrincipalKind, PrincipalRules>> = {
  user: { hasDevices: true, joinsAtSignIn: false },
  guest: { hasDevices: false, joinsAtSignIn: true },
};

/** What follows for a principal from its kind. */
export function rulesOf({ kind }: Principal): PrincipalRules {
  return RULES[kind];
}

/** The principal's name in room names and Redis keys, such as `user:42`. */
export function principalName(principal: Principal): string {
  return `${principal.kind}:${principal.id}`;
}

/** Whether two principals, either of which may be nobody, are the same. */
export function isSamePrincipal(one: Principal | null, other: Principal | null): boolean {
  return one?.kind === other?.kind && one?.id === other?.id;
}
