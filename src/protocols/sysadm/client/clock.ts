import { randomBytes } from 'node:crypto'
import type { Runtime } from '../../../event/runtime.js'

/** Clock and timers of this process. Timers keep it alive, so that a client that connects again is not cut short. */
export const processRuntime: Runtime = {
  now: () => Date.now() * 1000,
  monotonic: () => performance.now(),
  processorTime() {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  },
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  soon: (run) => void setImmediate(run),
  random: (bytes) => randomBytes(bytes),
}
