import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'

const PATIENCE_MS = 60_000
const PAUSE_MS = 5
const LONGEST_PAUSE_MS = 1000

/**
 * Resolves when the condition holds. Rejects after a minute. One that takes long is asked less often, since asking would
 * keep a processor busy.
 */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  const start = performance.now()
  for (let asked = start; !(await condition()); asked = performance.now()) {
    const now = performance.now()
    if (now > start + PATIENCE_MS) throw new Error(`not within ${PATIENCE_MS / 1000} s: ${condition}`)
    await setTimeout(Math.min(Math.max(PAUSE_MS, 4 * (now - asked)), LONGEST_PAUSE_MS))
  }
}
