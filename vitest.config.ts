import { defineConfig } from 'vitest/config'

const built = './scripts/build-for-tests.mjs'

/** core and e2e run on every supported Node, the others on the oldest. */
export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 30_000,
    pool: 'forks',
    projects: [
      project('core', ['test/**/*.test.ts'], { exclude: ['test/{e2e,faults,architecture,docs}/**'] }),
      project('e2e', ['test/e2e/**/*.test.ts'], { globalSetup: built }),
      project('faults', ['test/faults/**/*.test.ts'], { globalSetup: built }),
      project('repository', ['test/{architecture,docs}/**/*.test.ts'], { globalSetup: built }),
    ],
  },
})

function project(
  name: string,
  include: string[],
  options: { exclude?: string[]; globalSetup?: string } = {},
) {
  return { extends: true as const, test: { name, include, ...options } }
}
