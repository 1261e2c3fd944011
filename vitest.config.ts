import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
// @ts-expect-error a script without types
import { compiled, compiledSources } from './scripts/test/compiled.mjs'
// @ts-expect-error a script without types
import { firstPage, isolated, isolatedSecond, second } from './scripts/test/kinds.mjs'
// @ts-expect-error a script without types
import { LongestFirst } from './scripts/test/longest-first.mjs'

const built = './scripts/test/build.mjs'
/** Workers load the compiled sources themselves. */
const native = {
  plugins: [compiledSources()],
  test: {
    globalSetup: ['./scripts/test/sources.mjs'],
    server: { deps: { external: [compiled] } },
    // Loading the sources for each file would take more of the processors than the tests.
    isolate: false,
  },
}

/** CONTRIBUTING.md explains the rings. The name of a file says which one it belongs to. */
export default defineConfig({
  test: {
    // They end what hangs; what is slow on a busy machine may go on.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    pool: 'forks',
    // Tests of processes and connections wait for most of their time.
    maxWorkers: availableParallelism() + 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      project('readme', { include: [firstPage], globalSetup: built }, native),
      project('isolated', {
        include: [isolated],
        exclude: [second],
        helpers: ['cheap-passwords', 'one-process'],
      }),
      project(
        'first',
        {
          include: ['test/**/*.test.ts'],
          exclude: [firstPage, isolated, second],
          helpers: ['one-process'],
        },
        native,
      ),
      project('second', { include: [second], exclude: [isolatedSecond], globalSetup: built }, native),
      project('isolated-second', { include: [isolatedSecond], helpers: ['cheap-passwords'] }),
    ],
  },
})

interface Files {
  include: string[]
  exclude?: string[]
  helpers?: string[]
  globalSetup?: string
}

function project(name: string, files: Files, base: Partial<typeof native> = {}) {
  const { helpers = [], globalSetup, ...patterns } = files
  const setupFiles = ['leave-nothing', 'patience', 'remove-folders', ...helpers].map(
    (helper) => `./test/helpers/${helper}.ts`,
  )
  const setUps = [...(base.test?.globalSetup ?? []), ...(globalSetup === undefined ? [] : [globalSetup])]
  return {
    extends: true as const,
    ...base,
    test: { ...base.test, ...patterns, name, setupFiles, globalSetup: setUps },
  }
}
