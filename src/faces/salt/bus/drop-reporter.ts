import { type ErrorCode, TocsinError } from '../../../errors/tocsin-error.js'
import type { Runtime } from '../../../event/runtime.js'

/** Of one reason, so many drops are told in one report, ms. */
const TOGETHER = 1000

export interface DropReport {
  code: ErrorCode
  message: string
  /** Publishes dropped for this reason since the last report. */
  count: number
}

/** Counts what publishers sent and nobody can get, and reports it; a storm of them is one report a second and reason. */
export class Drops {
  readonly #runtime: Runtime
  readonly #report: (report: DropReport) => void
  readonly #waiting = new Map<ErrorCode, DropReport>()
  readonly #totals = new Map<ErrorCode, number>()

  constructor(runtime: Runtime, report: (report: DropReport) => void) {
    this.#runtime = runtime
    this.#report = report
  }

  /** Since the start, by reason. */
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
    this.#runtime.after(TOGETHER, () => this.#tell(code))
  }

  /** Says what is not said yet. */
  close(): void {
    for (const code of [...this.#waiting.keys()]) this.#tell(code)
  }

  #tell(code: ErrorCode): void {
    const report = this.#waiting.get(code)
    if (!this.#waiting.delete(code) || report === undefined) return
    this.#report(report)
  }
}
