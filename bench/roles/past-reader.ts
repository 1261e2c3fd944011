import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DEFAULT_BUS_LIMITS } from '../../src/bus/limits.js'
import { scan } from '../../src/bus/scan.js'
import { TickBudget } from '../../src/bus/tick-budget.js'
import { encode, encodeFrame } from '../../src/event/index.js'
import { compileFilter, type FilterInput, type Matcher, parseFilter } from '../../src/filter/index.js'
import { nodeRuntime } from '../../src/hub/node-runtime.js'
import { relaxCollector } from '../../src/hub/process/collector-settings.js'
import { type EventLog, openLmdbLog } from '../../src/log/index.js'
import { rewriteSegment } from '../../src/log/lmdb/rewriting/rewrite-segment.js'
import { Count } from '../../src/methods/counts/count.js'
import { fieldReader } from '../../src/methods/counts/field-reader.js'
import { serveCalls } from '../harness/child.js'
import { type PastEvent, pastEvent } from '../harness/past-events.js'
import { anonymousKilobytes } from '../harness/process-facts.js'

interface Options {
  folder: string
  events: number
}

/** Answer of a question: what it took, and the events that were found. */
export interface Answer {
  /** Processor time, ms. */
  cpu: number
  events: number
  /** Chunks that were not read. */
  skipped: number
}

const BATCH = 500
/** With this, the next event begins a segment, so that the segment before it takes no more events. */
const ENDS_SEGMENT = { age: 1 }
const runtime = nodeRuntime()
const typeOf = () => 'tocsin.event'
let log: EventLog

// As in the hub.
relaxCollector()

serveCalls({
  /** Stores the events, compressed and indexed, and writes them as lines of JSON beside the log. */
  async start({ folder, events }: Options) {
    mkdirSync(folder, { recursive: true })
    log = await openLog(folder)
    const lines = openSync(join(folder, 'lines.json'), 'w')
    for (let at = 0; at < events; at += BATCH) {
      const batch = Array.from({ length: Math.min(BATCH, events - at) }, (_, nth) => pastEvent(at + nth))
      append(batch)
      writeSync(lines, batch.map(({ tag, data }) => `${JSON.stringify({ tag, ...data })}\n`).join(''))
      if (at % (20 * BATCH) === 0) await log.durable(log.last)
    }
    closeSync(lines)
    await log.durable(log.last)
    await log.close()
    log = await openLog(folder, ENDS_SEGMENT)
    append([pastEvent(events)])
    await log.durable(log.last)
    const { signal } = new AbortController()
    for await (const { error } of log.compress!(signal)) if (error) throw error
    for await (const { error } of log.buildIndex!(signal)) if (error) throw error
    // Without the events that are still in memory.
    await log.close()
    log = await openLog(folder)
  },
  find(filter: FilterInput, withIndex: boolean): Promise<Answer> {
    return ask(filter, withIndex, () => {})
  },
  async count(filter: FilterInput, field: string): Promise<Answer & { top: unknown; kilobytes: number }> {
    const count = new Count()
    const { read } = fieldReader(field, { typeOf })
    let kilobytes = 0
    const before = anonymousKilobytes(process.pid)
    const answer = await ask(filter, true, (bytes, at) => {
      count.add(read(bytes, at))
      if (count.total % 10_000 === 0)
        kilobytes = Math.max(kilobytes, anonymousKilobytes(process.pid) - before)
    })
    return { ...answer, top: count.top(1)[0], kilobytes }
  },
  /** Bytes on disk for each event of the segments that take no more. */
  disk() {
    const { plainBytes, diskBytes } = log.compression!
    const bytes = log.stats.bytes / (log.last - log.first + 1)
    return diskBytes / (plainBytes / bytes)
  },
})

/** Compresses in this thread, since one of the lowest priority may take long. */
function openLog(folder: string, segment?: { age: number }): Promise<EventLog> {
  return openLmdbLog({ runtime, typeOf, folder: join(folder, 'log'), segment, rewrite: rewriteSegment })
}

function append(events: readonly PastEvent[]): void {
  const frames = events.map(({ tag, data }) =>
    encodeFrame({ tag, source: 'host/log', body: encode(data), seq: 1 }),
  )
  const batch = { bytes: Buffer.concat(frames), count: frames.length, firstSeq: 0, lastSeq: 0 }
  log.append(batch, (error) => {
    if (error !== undefined) throw error
  })
}

async function ask(
  filter: FilterInput,
  withIndex: boolean,
  visit: (bytes: Uint8Array, at: number) => void,
): Promise<Answer> {
  const known = compileFilter(parseFilter(filter), { typeOf })
  const matcher: Matcher = withIndex ? known : { ...known, prefixes: undefined, needed: undefined }
  const work = {
    bytes: Number.POSITIVE_INFINITY,
    principal: 'bench',
    budget: new TickBudget(runtime, DEFAULT_BUS_LIMITS),
  }
  const { skippedChunks } = log.wordIndex!
  const before = process.cpuUsage()
  const range = { from: log.first, to: log.last }
  const { matched: events } = await scan(log, range, matcher, work, (bytes, at) => void visit(bytes, at))
  const { user, system } = process.cpuUsage(before)
  return { cpu: (user + system) / 1000, events, skipped: log.wordIndex!.skippedChunks - skippedChunks }
}
