import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const built = './scripts/build-for-tests.mjs'

/** Files that take a minute, begun first: no worker is left alone with one at the end. */
const LONG = /faults\/(crash|damage)\.test|fuzz\/event\.test|docs\/guides\.test/

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
    // They end what hangs; what is slow on a busy machine may go on.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    pool: 'forks',
    // Tests of processes and connections wait for most of their time.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongFirst },
    projects: [
      project('core', ['test/**/*.test.ts'], { exclude: ['test/{e2e,faults,architecture,docs,scripts}/**'] }),
      project('e2e', ['test/e2e/**/*.test.ts'], { globalSetup: built }),
      project('faults', ['test/faults/**/*.test.ts'], { globalSetup: built }),
      project('repository', ['test/{architecture,docs,scripts}/**/*.test.ts'], { globalSetup: built }),
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
