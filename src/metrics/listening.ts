import {
  type DiagnosticsName,
  onDiagnostics,
  type SharedSessionDiagnostics,
} from '../shared-session/index.js';

/** Listens to what one node publishes, or all nodes of this process, until it stops. */
export class Listening {
  readonly #stops: (() => void)[] = [];

  /** @param node whose messages count; undefined: all of this process */
  constructor(private readonly node: string | undefined) {}

  on<Name extends DiagnosticsName>(
    name: Name,
    listener: (message: SharedSessionDiagnostics[Name]) => void,
  ): void {
    const stop = onDiagnostics(name, (message) => {
      if (this.#isOurs(message)) listener(message);
    });
    this.#stops.push(stop);
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** What is told of the whole process counts for each of its nodes. */
  #isOurs(message: object): boolean {
    if (this.node === undefined || !('node' in message)) return true;
    return message.node === this.node;
  }
}
