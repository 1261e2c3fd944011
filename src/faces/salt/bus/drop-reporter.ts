import { type ErrorCode, TocsinError } from '../../../errors/tocsin-error.js'
import type { Runtime } from '../../../event/runtime.js'

/** Time in which drops with the same reason are collected into one report, ms. */
const TOGETHER = 1000

export interface DropReport {
  code: ErrorCode
  message: string
  /** Events dropped for this reason since the last report. */
  count: number
}

/** Counts events from publishers that had to be dropped and reports them, at most once a second for each reason. */
export class DropReporter {
  readonly #runtime: Runtime
  readonly #report: (report: DropReport) => void
  readonly #waiting = new Map<ErrorCode, DropReport>()
  readonly #totals = new Map<ErrorCode, number>()

  constructor(runtime: Runtime, report: (report: DropReport) => void) {
    this.#runtime = runtime
    this.#report = report
  }

  /** Events dropped since the start, by reason. */
  get totals(): ReadonlyMap<ErrorCode, number> {
    return this.#totals
  }

  add(code: ErrorCode, message?: string): void {
    this.#totals.set(code, (this.#totals.get(code) ?? 0) + 1)
    const waiting = this.#waiting.get(code)
    if (waiting !== undefined) {
      waiting.count++
      return
    }
    this.#waiting.set(code, { code, message: new TocsinError(code, message).message, count: 1 })
    this.#runtime.after(TOGETHER, () => this.#flush(code))
  }

  /** Reports all drops that have not been reported yet. */
  close(): void {
    for (const code of [...this.#waiting.keys()]) this.#flush(code)
  }

  #flush(code: ErrorCode): void {
    const report = this.#waiting.get(code)
    if (!this.#waiting.delete(code) || report === undefined) return
    this.#report(report)
  }
}
