/** How many of the things that are wrong are told, and how long each may be: they quote names of properties. */
const MAX_DETAILS = 10;
const MAX_DETAIL_CHARACTERS = 200;

/** One thing that is wrong with a payload, as clients are told. */
export interface Fault {
  /** Where, if that is known apart from the message. */
  readonly path?: string;
  readonly message: string;
}

/** What class-validator knows of one property. */
interface BrokenRules {
  readonly property?: string;
  readonly constraints?: Readonly<Record<string, unknown>>;
  readonly children?: readonly unknown[];
}

/**
 * What Nest's ValidationPipe has found: a message for each rule that is broken, or class-validator's own errors where
 * the application's `exceptionFactory` hands these on. Undefined for what is no list.
 */
export function faultsIn(found: unknown, parent = ''): Fault[] | undefined {
  if (!Array.isArray(found)) return undefined;
  return found.flatMap((each: unknown) => {
    if (typeof each !== 'object' || each === null) return [{ message: String(each) }];
    const { property = '', constraints, children } = each as BrokenRules;
    const path = `${parent}${property}`;
    const own = Object.values(constraints ?? {}).map((text) => ({ path, message: String(text) }));
    // No payload chooses how deep this goes: a path that is longer is not told.
    const below = path.length < MAX_DETAIL_CHARACTERS ? faultsIn(children, `${path}.`) : undefined;
    return [...own, ...(below ?? [])];
  });
}

/** The first of these faults, each cut to what an answer may hold. */
export function faultDetails(faults: readonly Fault[]): Fault[] {
  return faults.slice(0, MAX_DETAILS).map(({ path, message }) => ({
    ...(path !== undefined && { path: cut(path) }),
    message: cut(message),
  }));
}

function cut(text: string): string {
  return text.length > MAX_DETAIL_CHARACTERS ? `${text.slice(0, MAX_DETAIL_CHARACTERS)}…` : text;
}
