import { formatTime } from '../event/position.js'
import type { Cancel } from '../event/runtime.js'
import type { SinkHost } from './sink-host.js'

const TRY_AGAIN_MS = 1_000
/** Parked events are reported together, at most this often. */
const PARKED_EVERY_MS = 60_000
const MAX_WAITING = 32
const MAX_REASON = 500

export type ReportedSinkState = 'retrying' | 'back' | 'paused' | 'resumed' | 'down' | 'parked' | 'gap'

/** The hub's own events about one sink, `hub/sink/<name>`. They wait while the hub accepts no events. */
export class SinkReports {
  readonly #host: SinkHost
  readonly #sink: string
  readonly #waiting: object[] = []
  #timer: Cancel | undefined
  #parked: { count: number; cursor: string; reason: string; since: number } | undefined
  #quiet: Cancel | undefined

  constructor(host: SinkHost, sink: string) {
    this.#host = host
    this.#sink = sink
  }

  state(state: ReportedSinkState, reason: string, since: number, more: object = {}): void {
    const text = reason.length <= MAX_REASON ? reason : `${reason.slice(0, MAX_REASON)}…`
    this.#waiting.push({ sink: this.#sink, state, reason: text, since: formatTime(since), ...more })
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift()
    this.#flush()
  }

  /** The first one is reported at once, and those of the following minute together. */
  parked(cursor: string, reason: string): void {
    const since = this.#host.runtime.now()
    this.#parked ??= { count: 0, cursor, reason, since }
    this.#parked.count++
    if (this.#quiet === undefined) this.#tellParked()
  }

  close(): void {
    this.#endQuiet()
    this.#tellParked()
    this.#endQuiet()
    this.#timer?.()
    this.#timer = undefined
  }

  #endQuiet(): void {
    this.#quiet?.()
    this.#quiet = undefined
  }

  #tellParked(): void {
    this.#quiet = undefined
    if (this.#parked === undefined) return
    const { count, cursor, reason, since } = this.#parked
    this.#parked = undefined
    this.state('parked', reason, since, { count, cursor })
    this.#quiet = this.#host.runtime.after(PARKED_EVERY_MS, () => this.#tellParked())
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
