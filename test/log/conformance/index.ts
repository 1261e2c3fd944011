import { test } from 'vitest'
import { appendTests } from './append.js'
import { listenerTests } from './listeners.js'
import { readTests } from './read.js'
import { storageTests } from './storage.js'
import type { LogHarness, LogTest } from './tools.js'

export type { LogHarness } from './tools.js'

/** Registers the tests that every engine of `EventLog` must pass: what the hub relies on. */
export function eventLogConformance(harness: LogHarness): void {
  const testLog: LogTest = (name, run) =>
    test(name, async () => {
      const log = await harness.open()
      try {
        await run(log)
      } finally {
        await log.close()
      }
    })
  appendTests(testLog, harness)
  listenerTests(testLog)
  readTests(testLog)
  storageTests(testLog, harness)
}
