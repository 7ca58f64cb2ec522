/** A state that the server numbers; the revision tells histories apart that use a number twice. */
export interface Versioned {
  readonly version: number;
  readonly revision: string;
}

/** What the server changed, and the revision that it follows. */
export interface Change extends Versioned {
  readonly previousRevision: string;
}

/** What a visitor did, under an id by which the server knows it again. */
export interface Operation {
  readonly operationId: string;
}
