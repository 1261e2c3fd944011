import type { LogInfo } from '../bus/method-types.js'
import { formatTime } from '../event/range.js'
import { formatBytes, formatSpan, plural } from './figures.js'

type Fact = readonly [name: string, value: string | undefined]

/** What `status` and `log info` both say of the log. */
export function logFacts(log: LogInfo): Fact[] {
  return [
    [
      'log',
      `${log.engine}, ${formatBytes(log.bytes)} in ${log.segments} segment${log.segments === 1 ? '' : 's'}, epoch ${log.epoch}`,
    ],
    ['range', rangeText(log)],
    ['fault', log.fault && `${log.fault.message} (${log.fault.code})`],
  ]
}

function rangeText(log: LogInfo): string {
  if (log.last < log.first) return 'empty'
  const span =
    log.firstTime === undefined || log.lastTime === undefined
      ? ''
      : `, ${formatTime(log.firstTime)} to ${formatTime(log.lastTime)}`
  return `@${log.first} to @${log.last}${span}`
}

export function logDetails(log: LogInfo): Fact[] {
  const compaction = log.lastCompaction
  return [
    ...logFacts(log),
    [
      'durable',
      log.durable ? `yes, last flush took ${formatSpan(log.flushMicros)}` : 'no: this log is in memory only',
    ],
    ['unflushed', formatBytes(log.unflushedBytes)],
    ['retention', retentionText(log)],
    [
      'lost',
      log.lost.length === 0 ? 'nothing' : log.lost.map(({ from, to }) => `@${from} to @${to}`).join(', '),
    ],
    [
      'compacted',
      compaction &&
        `${formatTime(compaction.start)} (${compaction.cause}), ${formatBytes(compaction.bytesBefore)} to ${formatBytes(compaction.bytesAfter)} in ${formatSpan(compaction.duration)}`,
    ],
  ]
}

function retentionText({ retention }: LogInfo): string {
  const limits = [
    retention.age === undefined ? [] : [formatSpan(retention.age)],
    retention.bytes === undefined ? [] : [formatBytes(retention.bytes)],
    retention.count === undefined ? [] : [`${plural(retention.count, 'event')}`],
  ].flat()
  return limits.length === 0 ? 'everything is kept' : limits.join(', ')
}
