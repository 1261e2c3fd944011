import { randomBytes } from 'node:crypto'
import type { Runtime } from '../event/runtime.js'

/** The wall clock may be this far from the smooth clock before the smooth one is set anew, µs. */
const TOLERANCE = 2000

/**
 * Clock, timers and chance of this process. The wall clock counts ms; between its ticks the monotonic
 * clock fills in the µs. When the wall clock is set, this one follows at once.
 */
export function nodeRuntime(): Runtime {
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
    after(ms, run) {
      const timer = setTimeout(run, Math.min(ms, MAX_DELAY))
      timer.unref()
      return () => clearTimeout(timer)
    },
    soon: (run) => void setImmediate(run),
    random: (bytes) => randomBytes(bytes),
  }
}

/** setTimeout runs at once what is further away. */
const MAX_DELAY = 2 ** 31 - 1
