import { z } from 'zod'
import { timeFrom } from '../bus/scan.js'
import { withTimeout } from '../event/runtime.js'
import type { TraceContext } from '../event/trace-context.js'
import type { CompactionReport, CompressedSegment, LogReader, Retention } from '../log/event-log.js'
import type { CompressPart, CompressReport, LogInfo, VerifyPart, VerifyReport } from './contract/index.js'
import { type Method, method } from './method.js'
import type { BusMethodContext } from './query.js'
import * as results from './results/log.js'

/** The parts of the hub that methods about the log need, apart from the bus. */
export interface LogMethodContext extends BusMethodContext {
  retention: () => {
    readonly policy: Retention
    /** That of all hubs that share the log. */
    readonly counting: Retention
    readonly last: CompactionReport | undefined
    readonly clockAhead: number
  }
  /** Why no room is made on a full disk. */
  held?(): LogInfo['held']
  /** `parent`: the work that it is a part of. */
  compact(policy: Retention, parent?: TraceContext): Promise<CompactionReport>
}

/** Time for an answer of servers that keep the log, ms. Later answers are for those that ask next. */
const ANSWER_MS = 250

const retention = z.object({
  age: z.number().positive().optional().describe('µs'),
  bytes: z.number().positive().optional(),
  count: z.number().int().positive().optional(),
})

export function logMethods(context: LogMethodContext): Method[] {
  return [
    method({
      name: 'log.info',
      summary: 'Returns the engine, range, size and state of the log.',
      right: 'monitor',
      params: z.object({}),
      result: results.logInfo,
      run: () => logInfo(context),
    }),
    method({
      name: 'log.verify',
      summary: 'Checks every stored chunk; the answer has one part for each.',
      right: 'admin',
      isLong: true,
      params: z.object({}),
      result: results.verifyReport,
      part: results.verifyPart,
      run: ({ signal, part }) => verify(context.bus.log, signal, part),
    }),
    method({
      name: 'log.compress',
      summary: 'Compresses the segments that take no more events now; the answer has one part for each.',
      right: 'admin',
      isLong: true,
      params: z.object({}),
      result: results.compressReport,
      part: results.compressPart,
      run: ({ signal, part }) => storeAnew(context.bus.log.compress?.(signal), part),
      changes: (_, report) => ({ segments: report?.segments }),
    }),
    method({
      name: 'log.index',
      summary:
        'Makes the index of words of the segments that take no more events and have none; the answer has one part for each.',
      right: 'admin',
      isLong: true,
      params: z.object({}),
      result: results.compressReport,
      part: results.compressPart,
      run: ({ signal, part }) => storeAnew(context.bus.log.buildIndex?.(signal), part),
      changes: (_, report) => ({ segments: report?.segments }),
    }),
    method({
      name: 'log.compact',
      summary: 'Removes the events over the retention limits now.',
      right: 'admin',
      isLong: true,
      params: z.object({ policy: retention.optional().describe('Default: the configured retention.') }),
      result: results.compaction,
      run: ({ trace }, { policy }) => context.compact(policy ?? context.retention().counting, trace),
      changes: ({ policy }, report) => ({ policy, removed: report?.removed }),
    }),
  ]
}

export async function logInfo(context: LogMethodContext): Promise<LogInfo> {
  const { log } = context.bus
  const { policy, last: lastCompaction, clockAhead } = context.retention()
  const { engine, bytes, segments, unflushedBytes, flushMicros, fault } = log.stats
  const [firstTime, lastTime] = await Promise.all([knownTime(context, 'first'), knownTime(context, 'last')])
  return {
    engine,
    epoch: log.epoch,
    first: log.first,
    last: log.last,
    firstTime,
    lastTime,
    bytes,
    segments,
    compression: log.compression,
    index: log.wordIndex,
    unflushedBytes,
    flushMicros,
    durable: context.bus.durable,
    retention: policy,
    lost: [...log.lost],
    lastCompaction,
    ...(clockAhead > 0 && { clockAhead }),
    fault: fault && { code: fault.code, message: fault.message },
    held: context.held?.(),
  }
}

interface EndTime {
  epoch: string
  seq: number
  time: Promise<number | undefined>
  /** True if somebody has waited for the time in vain. */
  isLate: boolean
}

/** The questions about the ends of each log. */
const endTimes = new WeakMap<LogReader, Partial<Record<'first' | 'last', EndTime>>>()

/** A log on other servers may not answer, and that is when people ask for the state of the hub: they wait at most once. */
async function knownTime(
  { bus: { log }, runtime }: LogMethodContext,
  end: 'first' | 'last',
): Promise<number | undefined> {
  if (!log.capabilities.shared) return timeAt(log, log[end])
  const { [end]: known } = endTimes.get(log) ?? {}
  const isSame = known?.epoch === log.epoch && known.seq === log[end]
  const asked = isSame ? known : askTime(log, end)
  try {
    return await withTimeout(runtime, asked.isLate ? 0 : ANSWER_MS, asked.time)
  } catch {
    asked.isLate = true
    return undefined
  }
}

function askTime(log: LogReader, end: 'first' | 'last'): EndTime {
  const asked: EndTime = { epoch: log.epoch, seq: log[end], time: timeAt(log, log[end]), isLate: false }
  const forget = () => {
    const known = endTimes.get(log)
    if (known?.[end] === asked) delete known[end]
  }
  asked.time.catch(forget)
  endTimes.set(log, { ...endTimes.get(log), [end]: asked })
  return asked
}

/** Returns the time of an event, µs; undefined if the log is empty. */
export async function timeAt(log: LogReader, seq: number): Promise<number | undefined> {
  if (log.last < log.first) return undefined
  return timeFrom(log, seq)
}

async function verify(
  log: LogReader,
  signal: AbortSignal,
  part: (part: VerifyPart) => Promise<void>,
): Promise<VerifyReport> {
  const report: VerifyReport = { chunks: 0, events: 0, bytes: 0, faulty: 0 }
  if (log.verify === undefined) return report
  for await (const { error, ...chunk } of log.verify(signal)) {
    report.chunks++
    report.events += chunk.count
    report.bytes += chunk.bytes
    if (error !== undefined) report.faulty++
    await part({ ...chunk, error: error && { code: error.code, message: error.message } })
  }
  return report
}

async function storeAnew(
  stored: AsyncIterable<CompressedSegment> | undefined,
  part: (part: CompressPart) => Promise<void>,
): Promise<CompressReport> {
  const report: CompressReport = { segments: 0, plainBytes: 0, bytesBefore: 0, bytesAfter: 0, failed: 0 }
  for await (const { error, ...segment } of stored ?? []) {
    report.segments++
    report.plainBytes += segment.plainBytes
    report.bytesBefore += segment.bytesBefore
    report.bytesAfter += segment.bytesAfter
    if (error !== undefined) report.failed++
    await part({ ...segment, error: error && { code: error.code, message: error.message } })
  }
  return report
}
