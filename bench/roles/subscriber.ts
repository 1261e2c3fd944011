import { serveCalls } from '../harness/child.js'
import { micros } from '../harness/clock.js'
import { ProgressReporter } from '../harness/progress.js'
import { loadEnds } from '../sides/ends.js'
import type { SideName } from '../sides/side.js'

export interface SubscriberOptions {
  side: SideName
  address: string
  connections: number
  /** Number of connections that decode every event; the others only visit them. */
  decoding: number
  /** Path of the publisher's side channel. Without it the publisher does not wait for these subscribers. */
  progress?: string
  /** Events between two reports of progress. */
  step?: number
}

export interface SubscriberCounts {
  total: number
  slowest: number
  /** Time of the count, µs. */
  at: number
}

let reporter: ProgressReporter
let latencies: number[] | undefined

serveCalls({
  async start(options: SubscriberOptions) {
    const { receive } = await loadEnds(options.side)
    reporter = new ProgressReporter(options.progress, options.connections, options.step ?? 1)
    for (let i = 0; i < options.connections; i++) {
      await receive(options.address, {
        decode: i < options.decoding,
        took: (events) => reporter.add(i, events),
        stamped: (stamp) => latencies?.push(micros() - stamp),
      })
    }
  },
  counts: (): SubscriberCounts => ({ total: reporter.total, slowest: reporter.slowest, at: micros() }),
  collectLatencies() {
    latencies = []
  },
  latencies() {
    const collected = latencies ?? []
    latencies = undefined
    return collected
  },
})
