import { mustRunAll } from './skips.mjs';

/** A Jest reporter: where every test must run, one that was skipped fails the run and is named. */
export default class NoSkips {
  /** @type {string[]} */
  #skipped = [];
  #isSelection;

  /** @param {{ testNamePattern?: string }} config */
  constructor({ testNamePattern }) {
    // Whoever picks tests by name leaves the others out on purpose.
    this.#isSelection = Boolean(testNamePattern);
  }

  /**
   * @param {unknown} _
   * @param {{ testResults: { testResults: { status: string, fullName: string }[] }[] }} results
   */
  onRunComplete(_, { testResults }) {
    if (!mustRunAll || this.#isSelection) return;
    this.#skipped = testResults
      .flatMap((file) => file.testResults)
      .filter(({ status }) => status !== 'passed' && status !== 'failed')
      .map(({ fullName }) => fullName);
    if (this.#skipped.length === 0) return;
    console.error(`With CI set, skipped tests are a failure:\n  ${this.#skipped.join('\n  ')}`);
  }

  /** What Jest asks for at the end; an error fails the run. */
  getLastError() {
    return this.#skipped.length > 0 ? new Error('Tests were skipped.') : undefined;
  }
}
