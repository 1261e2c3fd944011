import { z } from 'zod'
import { timeFrom } from '../bus/scan.js'
import { withTimeout } from '../event/runtime.js'
import type { CompactionReport, LogReader, Retention } from '../log/event-log.js'
import type { LogInfo, VerifyPart, VerifyReport } from './contract/index.js'
import { type Method, method } from './method.js'
import type { BusMethodContext } from './query.js'

/** The parts of the hub that methods about the log need, apart from the bus. */
export interface LogMethodContext extends BusMethodContext {
  retention: () => Retention
  lastCompaction: () => CompactionReport | undefined
  compact(policy: Retention): Promise<CompactionReport>
}

/** Time for an answer of servers that keep the log, ms. */
const ANSWER_MS = 1000

const retention = z.object({
  age: z.number().positive().optional(),
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
      run: () => logInfo(context),
    }),
    method({
      name: 'log.verify',
      summary: 'Checks every stored chunk; the answer has one part for each.',
      right: 'admin',
      isLong: true,
      params: z.object({}),
      run: ({ signal, part }) => verify(context.bus.log, signal, part),
    }),
    method({
      name: 'log.compact',
      summary: 'Removes the events over the retention limits now.',
      right: 'admin',
      isLong: true,
      params: z.object({ policy: retention.optional() }),
      run: (_call, { policy }) => context.compact(policy ?? context.retention()),
      changes: ({ policy }, report) => ({ policy, removed: report?.removed }),
    }),
  ]
}

export async function logInfo(context: LogMethodContext): Promise<LogInfo> {
  const { log } = context.bus
  const { engine, bytes, segments, unflushedBytes, flushMicros, fault } = log.stats
  const [firstTime, lastTime] = await Promise.all([log.first, log.last].map((seq) => knownTime(context, seq)))
  return {
    engine,
    epoch: log.epoch,
    first: log.first,
    last: log.last,
    firstTime,
    lastTime,
    bytes,
    segments,
    unflushedBytes,
    flushMicros,
    durable: context.bus.durable,
    retention: context.retention(),
    lost: [...log.lost],
    lastCompaction: context.lastCompaction(),
    fault: fault && { code: fault.code, message: fault.message },
  }
}

/** A log on other servers may not answer, and that is when people ask for the state of the hub. */
function knownTime({ bus: { log }, runtime }: LogMethodContext, seq: number): Promise<number | undefined> {
  const time = timeAt(log, seq)
  return log.capabilities.shared ? withTimeout(runtime, ANSWER_MS, time).catch(() => undefined) : time
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
