import { Access, ADMIN } from '../../src/access/index.js'
import { Bus } from '../../src/bus/bus.js'
import { DEFAULT_BUS_LIMITS } from '../../src/bus/limits.js'
import { encode, encodeFrame } from '../../src/event/index.js'
import { callMethod } from '../../src/faces/shared/call-method.js'
import { nodeRuntime } from '../../src/hub/node-runtime.js'
import { relaxCollector } from '../../src/hub/process/collector-settings.js'
import { type EventLog, openLmdbLog } from '../../src/log/index.js'
import type { GapInfo } from '../../src/methods/contract/index.js'
import { eventMethods } from '../../src/methods/events.js'
import { openMemoryState } from '../../src/state/index.js'
import { serveCalls } from '../harness/child.js'
import { seconds } from '../harness/clock.js'
import { sampleFrames } from '../harness/frames.js'

interface Options {
  folder: string
  segments: number
}

/** Events that fill a segment. */
const BATCH = 64
/** One segment in this number reports a loss. */
const REPORT_EVERY = 100

const runtime = nodeRuntime()
const typeOf = () => 'tocsin.event'
const access = new Access({}, { typeOf }, 'bench')
/** Kept while the log is closed, with what the bus needs to start without reading all of it. */
const state = openMemoryState({ runtime })
let folder = ''
let segments = 0

// As in the hub.
relaxCollector()

serveCalls({
  async start(options: Options) {
    folder = options.folder
    segments = options.segments
    const log = await openLog()
    for (let nth = 0; nth < segments; nth++) await fillSegment(log, nth)
    await (await openBus(log)).close()
    await log.close()
  },
  /** Seconds to open the log, and for the first list of what is missing. */
  async list() {
    const opened = seconds()
    const log = await openLog()
    const bus = await openBus(log)
    const started = seconds()
    const gaps = await listGaps(bus)
    const ended = seconds()
    await bus.close()
    await log.close()
    if (gaps.length !== Math.ceil(segments / REPORT_EVERY)) throw new Error(`${gaps.length} gaps`)
    return { opening: started - opened, listing: ended - started }
  },
})

function openLog(): Promise<EventLog> {
  return openLmdbLog({ runtime, typeOf, folder, segment: { bytes: 4096 } })
}

async function fillSegment(log: EventLog, nth: number): Promise<void> {
  const samples = sampleFrames(nth * BATCH, BATCH)
  append(log, nth % REPORT_EVERY === 0 ? { ...samples, ...withReport(samples) } : samples)
  await log.durable(log.last)
}

function withReport({ bytes, count }: { bytes: Uint8Array; count: number }) {
  const body = encode({ count: 3, reason: 'overrun' })
  const report = encodeFrame({ tag: 'hub/gap/files', source: 'hub', body, seq: 1 })
  return { bytes: Buffer.concat([bytes, report]), count: count + 1 }
}

function append(log: EventLog, batch: Parameters<EventLog['append']>[0]): void {
  log.append(batch, (error) => {
    if (error !== undefined) throw error
  })
}

function openBus(log: EventLog): Promise<Bus> {
  const { authorize } = access
  return Bus.open({ runtime, log, state, authorize, typeOf, limits: DEFAULT_BUS_LIMITS, origin: 'bench' })
}

async function listGaps(bus: Bus): Promise<GapInfo[]> {
  const { authorize } = access
  const known = eventMethods({ bus, runtime, authorize, typeOf })
  const methods = new Map(known.map((method) => [method.name, method]))
  const call = {
    principal: access.principal(ADMIN),
    signal: new AbortController().signal,
    part: () => Promise.resolve(),
  }
  const answer = await callMethod({ methods, authorize }, 'gaps.list', {}, call)
  return (answer as { gaps: GapInfo[] }).gaps
}
