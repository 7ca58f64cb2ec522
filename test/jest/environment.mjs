import { TestEnvironment } from 'jest-environment-node';

// With nothing left to wait for, Node takes a worker's many module graphs down one by one before it
// ends. That can outlast the 500 ms that Jest allows, and it would report a leak where there is none.
// One that is real keeps the process from coming here.
if (process.send) process.once('beforeExit', () => process.exit());

/** Stops what a file has started after each of its outermost blocks: in a suite, the next is another file's. */
export default class extends TestEnvironment {
  /** @param {import('@jest/types').Circus.AsyncEvent | import('@jest/types').Circus.SyncEvent} event */
  async handleTestEvent(event) {
    const isOutermost = event.name === 'run_describe_finish' && !event.describeBlock.parent?.parent;
    if (isOutermost) await this.global.stopAll?.();
  }
}
