import { expect, test } from 'vitest'
import { z } from 'zod'
import { logConfig, logConfigOf } from '../../src/log/config.js'
import { logEngine, logEngines, openEventLog } from '../../src/log/engines.js'
import type { LogEngine } from '../../src/log/log-engine.js'
import { openMemoryLog } from '../../src/log/memory-log.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { temporaryFolder } from './lmdb-folder.js'

test.each(logEngines.map(({ name }) => name))(
  '%s is opened by its name, and says which it is',
  async (name) => {
    const config = logConfig.parse({ engine: name })
    const log = await openEventLog(config, {
      runtime: realRuntime,
      folder: temporaryFolder(),
      typeOf: () => 'test',
    })
    expect(log.stats.engine).toBe(name)
    expect(log.capabilities).toEqual({ durable: name === 'lmdb', shared: false })
    await log.close()
  },
)

test('an engine of the table is accepted by the configuration, with settings of its own', () => {
  const engine: LogEngine = {
    name: 'remote',
    summary: 'keeps events elsewhere',
    usesFolder: false,
    settings: z.strictObject({ servers: z.int().default(3) }),
    open: async ({ runtime }) => openMemoryLog({ runtime }),
  }
  const schema = logConfigOf([...logEngines, engine])
  expect(schema.parse({ engine: 'remote' })).toMatchObject({ engine: 'remote', remote: { servers: 3 } })
  expect(schema.parse({ engine: 'remote', remote: { servers: 5 } })).toMatchObject({ remote: { servers: 5 } })
  expect(schema.safeParse({ remote: { ports: 1 } }).success).toBe(false)
  expect(schema.shape.engine.description).toMatch(/; `remote` keeps events elsewhere\.$/)
})

test('a name without an engine is a fault of the program', () => {
  expect(() => logEngine('nope')).toThrow('no log engine is called nope')
})
