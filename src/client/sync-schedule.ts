/** How long a change may be missing before the server is asked for the state. */
const GAP_MS = 200;
/** How often a connected client asks whether it missed the last change, which no later one would show. */
const CHECK_MS = 15_000;
/** A server that tells every client to start over is asked by each at a time of its own within this. */
const SPREAD_MS = 2000;

type Timer = ReturnType<typeof setTimeout>;

/** When the server is asked whether a client's state is the one it has. */
export class SyncSchedule {
  #checkTimer: Timer | undefined;
  #gapTimer: Timer | undefined;
  #restartTimer: Timer | undefined;
  #isStopped = false;

  /** @param sync asks the server */
  constructor(private readonly sync: () => void) {}

  /** Asks every 15 s from now on. */
  start(): void {
    if (!this.#isStopped) this.#checkTimer ??= setInterval(this.sync, CHECK_MS);
  }

  /** Asks after 200 ms of a gap, if it has not closed by then. */
  noteGap(hasGap: boolean): void {
    if (!hasGap) this.#forgetGap();
    else if (!this.#isStopped) {
      this.#gapTimer ??= setTimeout(() => {
        this.#gapTimer = undefined;
        this.sync();
      }, GAP_MS);
    }
  }

  /** Starts over after a random time of up to 2 s, once, however often it is told to. */
  restartSometime(restart: () => void): void {
    this.cancelRestart();
    this.#restartTimer = setTimeout(restart, Math.random() * SPREAD_MS);
  }

  cancelRestart(): void {
    clearTimeout(this.#restartTimer);
  }

  /** Asks never again. */
  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#checkTimer);
    this.cancelRestart();
    this.#forgetGap();
  }

  #forgetGap(): void {
    clearTimeout(this.#gapTimer);
    this.#gapTimer = undefined;
  }
}
