import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
// @ts-expect-error a script without types
import { compiled, compiledSources } from './scripts/test/compiled.mjs'
// @ts-expect-error a script without types
import { browser, firstPage, isolated, isolatedSecond, second } from './scripts/test/kinds.mjs'
// @ts-expect-error a script without types
import { LongestFirst } from './scripts/test/longest-first.mjs'

const built = './scripts/test/build.mjs'

/** What these start keeps the processors busy too: more of them at once would only wait for each other. */
const ofPrograms = {
  globalSetup: [built],
  maxWorkers: availableParallelism() + 1,
  sequence: { groupOrder: 1 },
}

/** CONTRIBUTING.md explains the rings. The name of a file says which one it belongs to. */
export default defineConfig({
  test: {
    // They end what hangs; what is slow on a busy machine may go on.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
    pool: 'forks',
    // Tests of connections wait for most of their time.
    maxWorkers: availableParallelism() + 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      native('readme', [firstPage], { globalSetup: [built] }),
      replacing('isolated', [isolated], { exclude: [second], helpers: ['one-process'] }),
      native('first', ['test/**/*.test.ts'], {
        exclude: [firstPage, isolated, second],
        helpers: ['one-process'],
        // Loading the sources for each file would take more of the processors than the tests.
        isolate: false,
      }),
      replacing('isolated-second', [isolatedSecond], ofPrograms),
      native('browser', [browser], {
        ...ofPrograms,
        helpers: ['close-consoles'],
        isolate: false,
      }),
      native('second', [second], {
        ...ofPrograms,
        exclude: [browser, isolatedSecond],
        isolate: false,
      }),
    ],
  },
})

interface Options {
  exclude?: string[]
  helpers?: string[]
  globalSetup?: string[]
  isolate?: boolean
  maxWorkers?: number
  sequence?: { groupOrder: number }
}

/** Workers load the compiled sources themselves. */
function native(name: string, include: string[], { globalSetup = [], ...options }: Options) {
  return {
    ...project(name, include, {
      ...options,
      globalSetup: ['./scripts/test/sources.mjs', ...globalSetup],
      server: { deps: { external: [compiled] } },
    }),
    plugins: [compiledSources()],
  }
}

/** Tests that replace modules of the sources. */
function replacing(name: string, include: string[], { helpers = [], ...options }: Options) {
  return project(name, include, { ...options, helpers: ['cheap-passwords', ...helpers] })
}

function project(
  name: string,
  include: string[],
  { helpers = [], ...options }: Options & { server?: object },
) {
  const setupFiles = ['leave-nothing', 'patience', 'remove-folders', ...helpers].map(
    (helper) => `./test/helpers/${helper}.ts`,
  )
  return { extends: true as const, test: { name, include, setupFiles, ...options } }
}
