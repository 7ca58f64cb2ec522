import type { Outcome } from './attempt.js';
import type { Scene } from './scene.js';

/** One thing that users do, and what they may rely on when they are told that it is done. */
export interface Operation {
  readonly name: string;
  /** Everything that is there before; all of it at the healthy node, except sockets. */
  readonly prepare: (scene: Scene) => Promise<void>;
  /** Does it at the near node; does it once more if the user tries again. */
  readonly act: (scene: Scene) => Promise<Outcome>;
  /** What holds after a success, other than for sessions. */
  readonly holds?: (scene: Scene) => Promise<boolean>;
  /** Sessions that a success ends: by the time it is told, or soon after. By their cookies before. */
  readonly ends?: (scene: Scene, before: string) => readonly string[];
  readonly replaces?: (scene: Scene, before: string) => readonly string[];
  /** After a success the actor is signed in; after a refusal, only if it was before. */
  readonly signsIn?: true;
  /** After a refusal the actor has the session that it had before, and its cart. */
  readonly keepsPrevious?: true;
}
