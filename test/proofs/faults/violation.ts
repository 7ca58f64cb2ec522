/** The ways in which a promise can be broken. */
export type ViolationKind =
  | 'success that was none'
  | 'signed in, told no'
  | 'guest lost'
  | 'cart lost'
  | 'cart doubled'
  | 'ended session lives'
  | 'commit after the end'
  | 'unlisted'
  | 'survives everywhere'
  | 'socket outlives session'
  | 'no answer'
  | 'retry failed'
  | 'key for good'
  | 'process ended';

/** A promise that did not hold. */
export interface Violation {
  readonly kind: ViolationKind;
  readonly detail: string;
}
