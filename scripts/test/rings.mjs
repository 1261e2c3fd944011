/** Node.js versions beside the one that runs everything, for the tests of `test/node`. */
const OTHER_NODES = ['22', '24']

/**
 * The runs of each ring. `projects` are those of vitest.config.ts; `files` select among their files; `secondAttempt` is
 * for tests that wait for programs and networks, and only on CI.
 */
export const rings = {
  first: {
    checks: true,
    runs: [{ what: 'one process, and the first page', projects: ['readme', 'isolated', 'first'] }],
  },
  all: {
    setUp: true,
    runs: [
      { what: 'all others', projects: ['browser', 'isolated-second', 'second'], secondAttempt: true },
      ...OTHER_NODES.filter((version) => !process.version.startsWith(`v${version}.`)).map((node) => ({
        what: 'test/node',
        node,
        projects: ['isolated', 'first', 'second', 'isolated-second'],
        files: ['test/node/'],
        secondAttempt: true,
      })),
    ],
  },
  long: {
    setUp: true,
    runs: [
      { what: 'rounds', projects: ['second'], files: ['.long.test.ts'], env: { TEST_ROUNDS: 'long' } },
      { what: 'properties', projects: ['first'], env: { TEST_ROUNDS: 'long' } },
    ],
  },
}
