import type { Bus } from '../../bus/bus.js'
import { TICK_BOUNDS } from '../../bus/delivery.js'
import type { Cancel, Runtime } from '../../event/runtime.js'
import type { HistorySample } from '../../methods/contract/index.js'

/** Time between two samples, ms. */
export const EVERY_MS = 10_000
/** An hour. */
const MAX_SAMPLES = 360
const PART = 0.99

/** The current measurements. Counters rise since the start. */
export interface HistoryReading {
  accepted: number
  delivered: number
  /** Ticks within each bound of `TICK_BOUNDS` and over the one before; the last element counts those over all. */
  tickCounts: readonly number[]
  flushMicros: number
  memory: number
}

interface Kept {
  readonly reading: HistoryReading
  /** ms (monotonic) */
  readonly at: number
}

/** The state of the hub in the last hour, for people who look only after something has happened. */
export class HubHistory {
  readonly #runtime: Runtime
  readonly #read: () => HistoryReading
  readonly #samples: HistorySample[] = []
  #last: Kept | undefined
  #cancel: Cancel = () => undefined

  constructor(runtime: Runtime, read: () => HistoryReading) {
    this.#runtime = runtime
    this.#read = read
  }

  start(): void {
    this.#last = this.#now()
    this.#wait()
  }

  stop(): void {
    this.#cancel()
  }

  /** The samples taken after this time, µs since the epoch, the oldest first. */
  since(time: number): HistorySample[] {
    return this.#samples.filter((sample) => sample.time > time)
  }

  #wait(): void {
    this.#cancel = this.#runtime.after(EVERY_MS, () => {
      this.#sample()
      this.#wait()
    })
  }

  #sample(): void {
    const { reading: before, at: began } = this.#last!
    this.#last = this.#now()
    const { reading, at } = this.#last
    const seconds = Math.max(1, at - began) / 1000
    this.#samples.push({
      time: this.#runtime.now(),
      accepted: (reading.accepted - before.accepted) / seconds,
      delivered: (reading.delivered - before.delivered) / seconds,
      publishMicros: slowest(reading.tickCounts.map((count, bound) => count - before.tickCounts[bound])),
      flushMicros: reading.flushMicros,
      memory: reading.memory,
    })
    if (this.#samples.length > MAX_SAMPLES) this.#samples.shift()
  }

  #now(): Kept {
    const { tickCounts, ...reading } = this.#read()
    return { reading: { ...reading, tickCounts: [...tickCounts] }, at: this.#runtime.monotonic() }
  }
}

/** The time within which 99 of 100 ticks were done, µs, as far as their bounds tell; undefined if there were none. */
function slowest(counts: readonly number[]): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return undefined
  let below = 0
  for (const [at, bound] of TICK_BOUNDS.entries()) {
    const within = below + counts[at]
    if (within >= total * PART) {
      const from = TICK_BOUNDS[at - 1] ?? 0
      return (from + ((bound - from) * (total * PART - below)) / counts[at]) * 1000
    }
    below = within
  }
  return TICK_BOUNDS[TICK_BOUNDS.length - 1] * 1000
}

export function historyReading(bus: Bus): HistoryReading {
  const { accepted, delivered } = bus.counters()
  const { flushMicros } = bus.log.stats
  return {
    accepted,
    delivered,
    flushMicros,
    tickCounts: bus.tickTimes.counts,
    memory: process.memoryUsage.rss(),
  }
}
