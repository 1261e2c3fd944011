import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openMemoryLog } from '../../src/log/index.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { modelCommands } from './model/commands.js'
import { SeededRuntime } from './model/seeded-runtime.js'
import { chance, runs } from './model/settings.js'
import { type Engine, World } from './model/world.js'

const KiB = 1024
const memory: Engine = {
  open: async (runtime) => openMemoryLog({ runtime, slabBytes: 64 * KiB, maxBytes: 512 * KiB }),
  reopen: async (log) => log,
}

function lmdb(): Engine {
  const folders = new Map<unknown, string>()
  const open = async (runtime: SeededRuntime, folder: string) => {
    const { openLmdbLog } = await import('../../src/log/index.js')
    const log = await openLmdbLog({
      runtime,
      folder,
      typeOf: () => 'test',
      segment: { bytes: 300 * KiB },
      ringBytes: 256 * KiB,
      slabBytes: 64 * KiB,
    })
    folders.set(log, folder)
    return log
  }
  return {
    open: (runtime) => open(runtime, temporaryFolder('log')),
    reopen: async (log, runtime) => {
      await log.close()
      return open(runtime, folders.get(log)!)
    },
  }
}

async function check(engine: Engine, numRuns: number): Promise<void> {
  const property = fc.asyncProperty(modelCommands, fc.nat(), async (commands, seed) => {
    const world = await World.open(new SeededRuntime(seed), engine)
    try {
      await fc.asyncModelRun(() => ({ model: {}, real: world }), commands)
      await world.settle()
      expect(world.failures).toEqual([])
    } finally {
      await world.close()
    }
  })
  await fc.assert(property, chance(numRuns))
}

test('every subscriber receives what it wants after its cursor, in order and once, or a gap: memory', async () => {
  await check(memory, runs)
}, 600_000)

test('every subscriber receives what it wants after its cursor, in order and once, or a gap: lmdb', async () => {
  await check(lmdb(), Math.ceil(runs / 10))
}, 600_000)
