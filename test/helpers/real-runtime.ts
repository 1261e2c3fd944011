import { randomBytes } from 'node:crypto'
import type { Runtime } from '../../src/event/runtime.js'

/** The clock, timers and random source of this process, for tests with real files and sockets. */
export const realRuntime: Runtime = {
  now: () => Math.round((performance.timeOrigin + performance.now()) * 1000),
  monotonic: () => performance.now(),
  processorTime() {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  },
  after(ms, run) {
    const timer = setTimeout(run, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
  soon: (run) => void setImmediate(run),
  random: (bytes) => randomBytes(bytes),
}

/** The same, in which pauses take a fiftieth of their time. */
export const hurriedRuntime: Runtime = { ...realRuntime, after: (ms, run) => realRuntime.after(ms / 50, run) }
