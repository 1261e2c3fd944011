import type { CompressionFigures, HubStatus, LogInfo } from '../../../src/methods/contract/index.js'
import { formatBytes, formatCount } from '../../../src/types/figures.js'
import { busStrings } from '../../strings/bus.js'
import { type Asked, may } from './ask.js'
import { Facts } from './facts.js'
import { Bar } from './figures.js'
import { Panel } from './panel.js'
import { retentionOf, storedEvents } from './retention.js'
import { millis, moment, since } from './times.js'
import { Upkeep } from './upkeep.js'

const text = busStrings.log

export function Log({ status }: { status: Asked<HubStatus> }) {
  const log = status.value.value?.log
  const tools = log && may('admin') && <Upkeep log={log} onDone={status.refresh} />
  return (
    <Panel title={text.title} asked={status} tools={tools}>
      {({ log }) => (
        <>
          {log.fault && <p class="problem">{log.fault.message}</p>}
          <Extent log={log} />
          <Facts
            facts={[
              [text.events, formatCount(storedEvents(log))],
              [text.size, sizeOf(log)],
              [text.segments, formatCount(log.segments)],
              log.compression && [text.compressed, compressionOf(log.compression)],
              [text.flush, log.durable ? millis(log.flushMicros) : text.notDurable],
              [text.unflushed, formatBytes(log.unflushedBytes)],
              [text.retention, retentionOf(log)],
              [text.engine, log.engine],
              log.lost.length > 0 && [text.lost, lostOf(log.lost)],
            ]}
          />
        </>
      )}
    </Panel>
  )
}

/** Shows the range of the log, and its share of the limits. */
function Extent({ log }: { log: LogInfo }) {
  const { first, last, firstTime, retention } = log
  if (last < first) return <p class="quiet">{text.empty}</p>
  const { bytes, count, age } = retention
  const parts = [
    bytes === undefined ? 0 : log.bytes / bytes,
    count === undefined ? 0 : storedEvents(log) / count,
    age === undefined || firstTime === undefined ? 0 : since(firstTime) / age,
  ]
  const part = Math.max(...parts)
  return (
    <div class="extent">
      {/* Servers that keep the log may not have answered in time. */}
      <span>{firstTime === undefined ? busStrings.figures.tooFew : moment(firstTime)}</span>
      <Bar part={part} />
      <span>{text.now}</span>
      <span class="quiet">{part > 0 && text.full(`${Math.min(100, Math.round(part * 100))} %`)}</span>
    </div>
  )
}

const MOST_RANGES = 5

/** The numbers of events that are not used, the latest ranges first. */
function lostOf(ranges: LogInfo['lost']): string {
  const latest = ranges.slice(-MOST_RANGES).reverse()
  const more = ranges.length - latest.length
  const shown = latest.map(({ from, to }) => text.lostRange(from, to))
  return [...shown, ...(more > 0 ? [text.moreRanges(more)] : [])].join(', ')
}

function compressionOf({ isAutomatic, segments, plainBytes, diskBytes }: CompressionFigures): string {
  const figures = text.take(formatCount(segments), formatBytes(plainBytes), formatBytes(diskBytes))
  const parts = [
    segments > 0 && figures,
    !isAutomatic && text.notByItself,
    segments === 0 && isAutomatic && '0',
  ]
  return parts.filter(Boolean).join('; ')
}

function sizeOf({ bytes, retention }: LogInfo): string {
  const limit = retention.bytes === undefined ? '' : ` ${text.limit(formatBytes(retention.bytes))}`
  return `${formatBytes(bytes)}${limit}`
}
