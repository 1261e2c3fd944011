import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const built = './scripts/build-for-tests.mjs'

/** Files that take a minute, begun first: no worker is left alone with one at the end. */
const LONG =
  /faults\/(crash|damage|everything|lmdb-sanitized|log\/(kill-steps|rewriting-kills))\.test|fuzz\/decoders\.test|docs\/guides\.test|e2e\/systemd\.test/

/** Tests of what servers, networks and systemd do, which take long and depend on no version of Node. */
const FAULTS = [
  'test/faults/**/*.test.ts',
  'test/e2e/{systemd,demo-cluster}.test.ts',
  'test/cluster/appending.test.ts',
  'test/hub/cluster/{across-hubs,cluster-duties,hosts,hub-cluster,once-sources,upstreams}.test.ts',
  'test/log/jetstream/{cluster,outage}.test.ts',
]

/** Whole systems on virtual time, which need a processor each. */
const SEEDS = 'test/simulation/simulate.test.ts'

/** Tests that replace modules or the clocks of the language, or load modules again: each has a process of its own. */
export const ALONE = [
  'test/access/password-cost.test.ts',
  'test/event/msgpack/no-code.test.ts',
  'test/faces/http/first-request.test.ts',
  'test/hub/parts/away-buckets.test.ts',
  'test/log/lmdb-removal.test.ts',
  'test/simulation/{base,nats,systems}/**/*.test.ts',
  'test/storage/environment.test.ts',
]

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

/** Takes as long as it is told to: npm run test:long. */
const soak =
  process.env.SOAK_SECONDS === undefined
    ? []
    : [project('soak', ['test/soak/*.test.ts'], { globalSetup: built })]

/** The oldest supported Node runs all but the simulation, the newest that and what depends on Node, those between less. */
export default defineConfig({
  test: {
    // They end what hangs; what is slow on a busy machine may go on.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    setupFiles: ['leave-nothing', 'patience', 'cheap-passwords', 'remove-folders'].map(
      (name) => `./test/helpers/${name}.ts`,
    ),
    pool: 'forks',
    // Tests of processes and connections wait for most of their time.
    maxWorkers: availableParallelism() + 2,
    sequence: { sequencer: LongFirst },
    projects: [
      project('core', ['test/**/*.test.ts'], {
        exclude: [...FAULTS, SEEDS, ...ALONE, 'test/{e2e,architecture,console,docs,fuzz,scripts,soak}/**'],
        // Loading the sources anew for each file would take more of the processors than the tests.
        isolate: false,
      }),
      project('alone', ALONE),
      project('simulation', [SEEDS]),
      project('console', ['test/console/**/*.test.ts'], {
        globalSetup: './scripts/console-for-tests.mjs',
      }),
      project('fuzz', ['test/fuzz/**/*.test.ts']),
      project('e2e', ['test/e2e/**/*.test.ts'], { globalSetup: built, exclude: FAULTS }),
      project('faults', FAULTS, { globalSetup: built }),
      project('repository', ['test/{architecture,docs,scripts}/**/*.test.ts'], { globalSetup: built }),
      ...soak,
    ],
  },
})

function project(
  name: string,
  include: string[],
  options: { exclude?: string[]; globalSetup?: string; isolate?: boolean } = {},
) {
  return { extends: true as const, test: { name, include, ...options } }
}
