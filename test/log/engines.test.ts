import { expect, test } from 'vitest'
import { z } from 'zod'
import { logConfig, logConfigOf } from '../../src/log/config.js'
import { logEngine, logEngines, openEventLog } from '../../src/log/engines.js'
import type { LogEngine } from '../../src/log/log-engine.js'
import { openMemoryLog } from '../../src/log/memory-log.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const onThisMachine = logEngines.map(({ name }) => name).filter((name) => name !== 'jetstream')

test.each(onThisMachine)('%s is opened by its name and reports that name', async (name) => {
  const config = logConfig.parse({ engine: name })
  const log = await openEventLog(config, {
    runtime: realRuntime,
    folder: temporaryFolder('log'),
    typeOf: () => 'test',
  })
  expect(log.stats.engine).toBe(name)
  expect(log.capabilities).toEqual({ durable: name === 'lmdb', shared: false })
  await log.close()
})

test('the configuration accepts an engine of the table, with its own settings', () => {
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

test('an unknown engine name is a programming error', () => {
  expect(() => logEngine('nope')).toThrow('no log engine is called nope')
})
