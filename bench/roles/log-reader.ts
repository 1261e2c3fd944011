import { frameBytes, frameSeq } from '../../src/event/index.js'
import { relaxCollector } from '../../src/hub/process/collector-settings.js'
import { type EventLog, openLmdbLog } from '../../src/log/index.js'
import { FakeRuntime } from '../../test/helpers/fake-runtime.js'
import { serveCalls } from '../harness/child.js'
import { seconds } from '../harness/clock.js'
import { sampleFrames } from '../harness/frames.js'

interface Options {
  folder: string
  events: number
  /** True if to write one event at a time, at 100 per second of a clock set by hand, or all at once. */
  slow: boolean
}

/** Time between the events of a slow log, ms. */
const PAUSE = 10

// Only the clock is set by hand: the event loop runs normally.
const runtime = Object.assign(new FakeRuntime(), { soon: (run: () => void) => void setImmediate(run) })
let log: EventLog
let folder: string
let events = 0

// As in the hub.
relaxCollector()

serveCalls({
  async start(options: Options) {
    events = options.events
    folder = options.folder
    await open()
    await (options.slow ? fillSlowly() : fillAtOnce())
  },
  /** Events per second; every frame is visited. Each pass opens the log again, so that none of it is cached. */
  async read(length: number) {
    let count = 0
    let spent = 0
    while (spent < length) {
      await log.close()
      await open()
      const started = seconds()
      count += await visitAll()
      spent += seconds() - started
    }
    if (count % events !== 0) throw new Error(`${count} is no multiple of ${events}`)
    return count / spent
  },
})

async function visitAll(): Promise<number> {
  let count = 0
  for await (const { bytes } of log.read(1, {})) {
    for (let at = 0; at < bytes.length; at += frameBytes(bytes, at)) if (frameSeq(bytes, at) > 0) count++
  }
  return count
}

async function open(): Promise<void> {
  // A commit for every event of a slow log is the hardest case.
  log = await openLmdbLog({ runtime, typeOf: () => 'tocsin.event', folder, commitPause: PAUSE })
}

async function fillSlowly(): Promise<void> {
  for (let i = 0; i < events; i++) {
    appendSamples(i, 1)
    runtime.advance(PAUSE)
    while (log.stats.unflushedBytes > 0) await new Promise((resolve) => setImmediate(resolve))
  }
}

async function fillAtOnce(): Promise<void> {
  for (let i = 0; i < events; i += 1000) appendSamples(i, Math.min(1000, events - i))
  runtime.advance(PAUSE)
  await log.durable(log.last)
}

function appendSamples(first: number, count: number): void {
  log.append(sampleFrames(first, count), (error) => {
    if (error !== undefined) throw error
  })
}
