/** How many of the things that are wrong are told, and how long each may be: they quote names of properties. */
const MAX_DETAILS = 10;
const MAX_DETAIL_CHARACTERS = 200;

/** One thing that is wrong with a payload, as clients are told. */
export interface Fault {
  /** Where, if that is known apart from the message. */
  readonly path?: string;
  readonly message: string;
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
