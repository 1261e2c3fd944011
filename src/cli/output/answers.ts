import { formatTime } from '../../event/position.js'
import type {
  HubReloadReport,
  LogInfo,
  LongTurns,
  PartFaultInfo,
  ReloadReport,
  Stall,
} from '../../methods/contract/index.js'
import { formatBytes, formatCount, formatSpan, plural } from '../terminal/figures.js'
import { escapeText } from '../terminal/text.js'

type Fact = readonly [name: string, value: string | undefined]

/** Returns the facts about the log that `status` and `log show` both print. */
export function logFacts(log: LogInfo): Fact[] {
  return [
    [
      'log',
      `${log.engine}, ${formatBytes(log.bytes)} in ${log.segments} segment${log.segments === 1 ? '' : 's'}, epoch ${log.epoch}`,
    ],
    ['compressed', compressionText(log)],
    ['index', indexText(log)],
    ['range', rangeText(log)],
    ['fault', log.fault && `${log.fault.message} (${log.fault.code})`],
    ['no room', log.held && `${log.held.reason}; ${log.held.remedy}`],
  ]
}

function compressionText({ compression, segments: all }: LogInfo): string | undefined {
  if (compression === undefined) return undefined
  const { isAutomatic, segments, plainBytes, diskBytes } = compression
  if (segments === 0) return isAutomatic ? `0 of ${plural(all, 'segment')}` : 'no'
  return `${formatCount(segments)} of ${plural(all, 'segment')}: ${formatBytes(plainBytes)} take ${formatBytes(diskBytes)} on disk${isAutomatic ? '' : '; others are not compressed by themselves'}`
}

function indexText({ index }: LogInfo): string | undefined {
  if (index === undefined) return undefined
  const { isAutomatic, segments, missing } = index
  const automatic = isAutomatic ? '' : '; new ones get none by themselves'
  if (missing === 0) return `words of ${plural(segments, 'segment')}${automatic}`
  return `words of ${formatCount(segments)} of ${plural(segments + missing, 'full segment')}${automatic}`
}

function rangeText(log: LogInfo): string {
  if (log.last < log.first) return 'empty'
  const span =
    log.firstTime === undefined || log.lastTime === undefined
      ? ''
      : `, ${formatTime(log.firstTime)} to ${formatTime(log.lastTime)}`
  return `@${log.first} to @${log.last}${span}`
}

/** Smallest difference that is reported, µs: the clock of this answer is read after that of the last event. */
const AHEAD = 1e6

/** Describes the fault of a part that has thrown and was made again. */
export function partFaultText({ kind, part, count, last, reason }: PartFaultInfo, now: number): string {
  return `${kind} ${part}: ${formatCount(count)} ×, last ${formatSpan(now - last)} ago: ${reason}`
}

/** Says so if the clock was set back: until it has caught up, every new event gets the time of the last one. */
export function aheadText({ lastTime = 0 }: LogInfo, now: number): string | undefined {
  if (lastTime <= now + AHEAD) return undefined
  return `the log is ahead of the clock by ${formatSpan(lastTime - now)}: until then, every event has the time ${formatTime(lastTime)}, and retention by age keeps it`
}

/** Says so if the clock has jumped ahead and retention by age does not follow it yet. */
export function jumpText({ clockAhead }: LogInfo): string | undefined {
  if (clockAhead === undefined) return undefined
  return `the clock has jumped ahead by ${formatSpan(clockAhead)}: retention by age does not count it until it has lasted for a day`
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
    ['retention', retentionText(log.retention)],
    ['lost', log.lost.length === 0 ? 'nothing' : log.lost.map(rangeOfLoss).join(', ')],
    [
      'compacted',
      compaction &&
        `${formatTime(compaction.start)} (${compaction.cause}), ${formatBytes(compaction.bytesBefore)} to ${formatBytes(compaction.bytesAfter)} in ${formatSpan(compaction.duration)}`,
    ],
  ]
}

function rangeOfLoss({ from, to, damaged }: LogInfo['lost'][number]): string {
  return `@${from} to @${to}${damaged ? ' (were stored)' : ''}`
}

export function retentionText(retention: LogInfo['retention']): string {
  const limits = [
    retention.age === undefined ? [] : [formatSpan(retention.age)],
    retention.bytes === undefined ? [] : [formatBytes(retention.bytes)],
    retention.count === undefined ? [] : [`${plural(retention.count, 'event')}`],
  ].flat()
  return limits.length === 0 ? 'everything is kept' : limits.join(', ')
}

/** The effect of reloading the configuration. */
export function reloadText({
  file,
  applied,
  restart,
  types,
}: ReloadReport & Partial<HubReloadReport>): string {
  const parts = [
    ...Object.entries(types ?? {})
      .filter(([, names]) => names.length > 0)
      .map(([change, names]) => `event types ${change}: ${names.join(', ')}`),
    ...(applied.length > 0 ? [`in effect now: ${applied.join(', ')}`] : []),
    ...(restart.length > 0 ? [`needs a restart: ${restart.join(', ')}`] : []),
  ]
  return escapeText(
    `${file ?? 'no configuration file'} reloaded: ${parts.join('; ') || 'nothing has changed'}`,
  )
}

/** Describes the turns that held others up; returns nothing while there were none. */
export function longTurnsText(turns: LongTurns | undefined, now: number): string | undefined {
  if (turns?.last === undefined || turns.worst === undefined) return undefined
  const { bound, count, last, worst } = turns
  const ago = formatSpan(Math.max(0, now - last.time))
  const longest = count === 1 ? '' : `; the longest ${stallText(worst)}`
  return `${plural(count, 'turn')} over ${bound} ms of processor time, the last ${ago} ago: ${stallText(last)}${longest}`
}

/** Describes a time in which the event loop did nothing else, and its cause: `320 ms: native input of alice`. */
export function stallText({ ms, face, work, principal }: Stall): string {
  return `${formatCount(ms)} ms: ${face} ${work}${principal === undefined ? '' : ` of ${principal}`}`
}
