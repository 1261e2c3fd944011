import { test } from 'vitest'
import { entryTests } from './entries.js'
import { lifetimeTests } from './lifetime.js'
import { listTests } from './list.js'
import type { StateHarness, StateTest } from './tools.js'
import { watchTests } from './watch.js'

/** Registers the tests that every engine of `StateStore` must pass: what the hub relies on. */
export function stateStoreConformance(harness: StateHarness): void {
  const testStore: StateTest = (name, run) =>
    test(name, async () => {
      const store = await harness.open()
      try {
        await run(store)
      } finally {
        await store.close()
      }
    })
  entryTests(testStore)
  listTests(testStore)
  watchTests(testStore)
  lifetimeTests(testStore, harness)
}
