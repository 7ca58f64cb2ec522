/** Whether every test must run: on a CI server nobody reads which were skipped. */
export const mustRunAll = !['', '0', 'false', undefined].includes(process.env['CI']);

/**
 * Says in one line which tests are skipped for want of something, and how to get it.
 *
 * @param {string} tests such as "the tests behind nginx"
 * @param {string} remedy what is missing, and where it comes from
 * @throws {Error} with that line, where every test must run
 */
export function skip(tests, remedy) {
  const line = `Skipped: ${tests} (${remedy}).`;
  if (mustRunAll) throw new Error(`${line} With CI set, that is a failure.`);
  console.warn(line);
}
