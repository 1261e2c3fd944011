import { Access, ADMIN } from '../../src/access/index.js'
import { Bus } from '../../src/bus/bus.js'
import { DEFAULT_BUS_LIMITS } from '../../src/bus/limits.js'
import { frameBytes, frameSeq } from '../../src/event/index.js'
import { callMethod } from '../../src/faces/shared/call-method.js'
import { relaxCollector } from '../../src/hub/process/collector-settings.js'
import { type EventLog, openLmdbLog } from '../../src/log/index.js'
import type { Histogram } from '../../src/methods/contract/index.js'
import { histogramMethods } from '../../src/methods/counts/histogram.js'
import { openMemoryState } from '../../src/state/index.js'
import { FakeRuntime } from '../../test/helpers/fake-runtime.js'
import { serveCalls } from '../harness/child.js'
import { seconds } from '../harness/clock.js'
import { sampleFrames } from '../harness/frames.js'

interface Options {
  folder: string
  events: number
}

const BATCH = 1000
const MAX_UNFLUSHED = 64 * 1024 * 1024
/** Time span of all events, ms. A second passes before each question, and the first event must not become too old. */
const SPAN = 55 * 60_000

// Only the clock is set by hand: the event loop runs normally.
const runtime = Object.assign(new FakeRuntime(), { soon: (run: () => void) => void setImmediate(run) })
const typeOf = () => 'tocsin.event'
const access = new Access({}, { typeOf }, 'bench')
let events = 0
let log: EventLog
let bus: Bus
let methods = new Map()

// As in the hub.
relaxCollector()

serveCalls({
  async start(options: Options) {
    events = options.events
    log = await openLmdbLog({ runtime, typeOf, folder: options.folder })
    await fill()
    bus = await Bus.open({
      runtime,
      log,
      state: openMemoryState({ runtime }),
      authorize: access.authorize,
      typeOf,
      limits: DEFAULT_BUS_LIMITS,
      origin: 'bench',
    })
    methods = newMethods()
  },
  /** Seconds to visit every event. */
  async read() {
    const started = seconds()
    let count = 0
    for await (const { bytes } of log.read(1, {})) {
      for (let at = 0; at < bytes.length; at += frameBytes(bytes, at)) if (frameSeq(bytes, at) > 0) count++
    }
    if (count !== events) throw new Error(`${count} of ${events} events`)
    return seconds() - started
  },
  /** Seconds for the first answer. */
  async first() {
    methods = newMethods()
    return ask()
  },
  /** Seconds for an answer to a question that was asked a second ago. */
  async again() {
    runtime.advance(1000)
    return ask()
  },
})

async function ask(): Promise<number> {
  const call = {
    principal: access.principal(ADMIN),
    signal: new AbortController().signal,
    part: () => Promise.resolve(),
  }
  const started = seconds()
  const params = { from: '-1h', buckets: 60 }
  const answer = await callMethod({ methods, authorize: access.authorize }, 'events.histogram', params, call)
  const spent = seconds() - started
  const { total, exact } = answer as Histogram
  if (total !== events || !exact) throw new Error(`${total} of ${events} events`)
  return spent
}

function newMethods() {
  const context = { bus, runtime, authorize: access.authorize, typeOf }
  return new Map(histogramMethods(context).map((method) => [method.name, method]))
}

async function fill(): Promise<void> {
  for (let i = 0; i < events; i += BATCH) {
    log.append(sampleFrames(i, BATCH), (error) => {
      if (error !== undefined) throw error
    })
    runtime.advance((SPAN * BATCH) / events)
    while (log.stats.unflushedBytes > MAX_UNFLUSHED) await new Promise((resolve) => setImmediate(resolve))
  }
  await log.durable(log.last)
}
