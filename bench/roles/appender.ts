import { nodeRuntime } from '../../src/hub/node-runtime.js'
import { relaxCollector } from '../../src/hub/process/collector-settings.js'
import { type EventLog, openLmdbLog } from '../../src/log/index.js'
import { serveCalls } from '../harness/child.js'
import { pause, seconds } from '../harness/clock.js'
import { sampleFrames } from '../harness/frames.js'

/** Unflushed bytes above which a hub pauses its publishers. */
const MAX_UNFLUSHED = 64 * 1024 * 1024

let log: EventLog
let durable = 0
let running = false

// As in the hub.
relaxCollector()

serveCalls({
  async start({ folder }: { folder: string }) {
    log = await openLmdbLog({ runtime: nodeRuntime(), typeOf: () => 'tocsin.event', folder })
  },
  /** Events per second that became durable, with as many pending as a hub allows. */
  async measure(warmUp: number, length: number) {
    running = true
    const work = [append(), flush()]
    await pause(warmUp)
    const [startedAt, durableBefore] = [seconds(), durable]
    await pause(length)
    const rate = (durable - durableBefore) / (seconds() - startedAt)
    running = false
    await Promise.all(work)
    return rate
  },
})

async function append(): Promise<void> {
  const batch = sampleFrames(0, 256)
  while (running) {
    for (let i = 0; i < 16 && log.stats.unflushedBytes < MAX_UNFLUSHED; i++) {
      log.append(batch, (error) => {
        if (error !== undefined) throw error
      })
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
}

async function flush(): Promise<void> {
  while (running) {
    const { last } = log
    await log.durable(last)
    durable = last
    await new Promise((resolve) => setImmediate(resolve))
  }
}
