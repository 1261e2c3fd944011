import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'

const PATIENCE_MS = 60_000

/** Resolves when the condition holds. Rejects after a minute. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${PATIENCE_MS / 1000} s: ${condition}`)
    await setTimeout(5)
  }
}
