import { formatTime } from '../event/position.js'
import type { Cancel } from '../event/runtime.js'
import { MinuteReport } from './minute-report.js'
import type { SinkHost } from './sink-host.js'

const TRY_AGAIN_MS = 1_000
const MAX_WAITING = 32
const MAX_REASON = 500

export type ReportedSinkState =
  | 'retrying'
  | 'back'
  | 'paused'
  | 'resumed'
  | 'down'
  | 'parked'
  | 'rejected'
  | 'gap'

/** The hub's own events about one sink, `hub/sink/<name>`. They wait while the hub accepts no events. */
export class SinkReports {
  readonly #host: SinkHost
  readonly #sink: string
  readonly #waiting: object[] = []
  #timer: Cancel | undefined
  readonly #parked: MinuteReport<{ cursor: string; reason: string }>
  readonly #rejected: MinuteReport<string>

  constructor(host: SinkHost, sink: string) {
    this.#host = host
    this.#sink = sink
    this.#parked = new MinuteReport(host.runtime, ({ count, first: { cursor, reason }, since }) =>
      this.state('parked', reason, since, { count, cursor }),
    )
    this.#rejected = new MinuteReport(host.runtime, ({ count, first, since }) =>
      this.state('rejected', first, since, { count }),
    )
  }

  state(state: ReportedSinkState, reason: string, since: number, more: object = {}): void {
    const text = reason.length <= MAX_REASON ? reason : `${reason.slice(0, MAX_REASON)}…`
    this.#waiting.push({ sink: this.#sink, state, reason: text, since: formatTime(since), ...more })
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift()
    this.#flush()
  }

  parked(cursor: string, reason: string): void {
    this.#parked.add(1, { cursor, reason })
  }

  rejected(count: number, reason: string): void {
    this.#rejected.add(count, reason)
  }

  close(): void {
    this.#parked.close()
    this.#rejected.close()
    this.#timer?.()
    this.#timer = undefined
  }

  #flush(): void {
    this.#timer?.()
    this.#timer = undefined
    while (this.#waiting.length > 0) {
      if (!this.#host.publish({ tag: `hub/sink/${this.#sink}`, data: this.#waiting[0] })) {
        this.#timer = this.#host.runtime.after(TRY_AGAIN_MS, () => this.#flush())
        return
      }
      this.#waiting.shift()
    }
  }
}
