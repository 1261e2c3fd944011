import type { MetricSample } from '../types/metric.js'

/** The figures of an upstream in status and metrics. They outlive the instances of its source. */
export class UpstreamState {
  isUp = false
  reason: string | undefined
  code: string | undefined
  forwarded = 0
  /** Events that were not sent back to where they have been. */
  returned = 0
  /** Time since which events wait, µs since the epoch; undefined if none wait. */
  behindSince: number | undefined
  waiting: () => number = () => 0
  now: () => number = () => 0

  /** An instance of the source begins. */
  begin(): void {
    this.isUp = false
    this.code = undefined
    this.reason = 'not connected yet'
    this.behindSince = this.now()
  }

  up(): void {
    this.isUp = true
    this.reason = undefined
    this.code = undefined
  }

  down(code: string, reason: string, now: number): void {
    this.isUp = false
    this.code = code
    this.reason = reason
    this.behindSince ??= now
  }

  /** Seconds. */
  lag(): number {
    if (this.behindSince === undefined || this.waiting() === 0) return 0
    return Math.max(0, Math.round((this.now() - this.behindSince) / 1e6))
  }

  *samples(upstream: string): Iterable<MetricSample> {
    const labels = { upstream }
    yield { name: 'tocsin_upstream_up', value: this.isUp ? 1 : 0, labels }
    yield { name: 'tocsin_upstream_forwarded_events_total', value: this.forwarded, labels }
    yield { name: 'tocsin_upstream_returned_events_total', value: this.returned, labels }
    yield { name: 'tocsin_upstream_waiting_events', value: this.waiting(), labels }
    yield { name: 'tocsin_upstream_lag_seconds', value: this.lag(), labels }
  }
}
