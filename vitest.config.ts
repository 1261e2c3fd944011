import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const built = './scripts/build-for-tests.mjs'
/** Programs are started by the dozen, and beside other tests a start can take a second. */
const withProcesses = {
  globalSetup: built,
  testTimeout: 60_000,
  hookTimeout: 60_000,
  expect: { poll: { timeout: 30_000 } },
}

/** Files that take a minute, begun first: no worker is left alone with one at the end. */
const LONG = /faults\/crash\.test|fuzz\/event\.test|docs\/guides\.test/

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

/** core and e2e run on every supported Node, the others on the oldest. */
export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 30_000,
    expect: { poll: { timeout: 15_000 } },
    pool: 'forks',
    // Tests of processes and connections wait for most of their time.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongFirst },
    projects: [
      project('core', ['test/**/*.test.ts'], { exclude: ['test/{e2e,faults,architecture,docs}/**'] }),
      project('e2e', ['test/e2e/**/*.test.ts'], withProcesses),
      project('faults', ['test/faults/**/*.test.ts'], withProcesses),
      project('repository', ['test/{architecture,docs}/**/*.test.ts'], withProcesses),
    ],
  },
})

function project(name: string, include: string[], options: Record<string, unknown> = {}) {
  return { extends: true as const, test: { name, include, ...options } }
}
