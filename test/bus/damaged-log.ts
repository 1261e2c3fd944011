import { TocsinError } from '../../src/errors/tocsin-error.js'
import type { EventLog, FrameBatch, ReadLimits } from '../../src/log/index.js'

/** Makes a log read the events from `from` to `to` as damaged, as an engine on a damaged disk does. */
export function damage(log: EventLog, from: number, to: number): void {
  const read = log.read.bind(log)

  async function* parts(start: number, limits: ReadLimits): AsyncIterable<FrameBatch> {
    const { backwards = false, damaged } = limits
    const low = backwards ? (limits.to ?? log.first) : start
    const high = backwards ? start : (limits.to ?? log.last)
    let left = limits.events ?? Number.POSITIVE_INFINITY
    const sound = async function* (first: number, last: number) {
      if (first > last || left <= 0) return
      const range = backwards ? { from: last, to: first } : { from: first, to: last }
      for await (const batch of read(range.from, { ...limits, to: range.to, events: left })) {
        left -= batch.count
        yield batch
      }
    }
    const before = () => sound(low, Math.min(high, from - 1))
    const after = () => sound(Math.max(low, to + 1), high)
    yield* backwards ? after() : before()
    if (left > 0 && low <= to && high >= from) {
      if (damaged === undefined) {
        const details = { firstSeq: from, lastSeq: to }
        throw new TocsinError('TCN_LOG_CORRUPT', 'a checksum is wrong', { details })
      }
      damaged({ from: Math.max(low, from), to: Math.min(high, to) })
    }
    yield* backwards ? before() : after()
  }

  log.read = parts
}
