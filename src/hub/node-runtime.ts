import { randomBytes } from 'node:crypto'
import type { Runtime } from '../event/runtime.js'
import { coreCallback } from '../parts/core.js'
import { loopClock } from './process/loop-clock.js'

/** Largest difference between the wall clock and the smooth clock before the smooth one is reset, µs. */
const TOLERANCE = 2000

/**
 * Returns the clock, timers and randomness of this process. The wall clock counts ms; between its ticks the
 * monotonic clock provides the µs. When the wall clock is changed, this clock follows at once.
 */
export function nodeRuntime(): Runtime {
  let [turn, turnBegan] = [-1, 0]
  let offset = Date.now() * 1000 - performance.now() * 1000
  return {
    now() {
      const wall = Date.now() * 1000
      const smooth = performance.now() * 1000 + offset
      if (Math.abs(smooth - wall - 500) <= TOLERANCE) return Math.round(smooth)
      offset += wall - smooth
      return wall
    },
    monotonic: () => performance.now(),
    inTurn() {
      const now = performance.now()
      const count = loopClock.turns()
      if (count !== turn) [turn, turnBegan] = [count, now]
      return now - turnBegan
    },
    processorTime() {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1000
    },
    after(ms, run) {
      const timer = setTimeout(coreCallback, Math.min(ms, MAX_DELAY), run)
      timer.unref()
      return () => clearTimeout(timer)
    },
    soon: (run) => void setImmediate(coreCallback, run),
    random: (bytes) => randomBytes(bytes),
  }
}

/** Largest delay that setTimeout supports; it runs a timer with a larger one at once. */
const MAX_DELAY = 2 ** 31 - 1
