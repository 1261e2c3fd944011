import type { Cancel, Runtime } from '../event/runtime.js'
import { type Fault, tagOfRule } from './rule.js'

/** The same is reported again at most this often, with how often it happened. */
const EVERY_MS = 60_000

/** The last fault of a rule since it was configured; time in µs since the epoch. */
export interface LastFault {
  fault?: string
  lastFault?: number
}

type Report = (event: { tag: string; data: unknown }) => void

/** The hub's own events about rules that have stopped, failed or forgotten something: the first at once. */
export class RuleReports {
  readonly #runtime: Runtime
  readonly #report: Report
  readonly #open = new Map<string, { fault: Fault; count: number; cancel: Cancel }>()

  /** The last fault of each rule. */
  readonly #last = new Map<string, { time: number; fault: Fault }>()

  constructor(runtime: Runtime, report: Report) {
    this.#runtime = runtime
    this.#report = report
  }

  add(rule: string, fault: Fault): void {
    this.#last.set(rule, { time: this.#runtime.now(), fault })
    const key = `${rule} ${fault.is}`
    const open = this.#open.get(key)
    if (open === undefined) {
      this.#open.set(key, { fault, count: 0, cancel: this.#next(key, rule) })
      this.#tell(rule, fault, 1)
      return
    }
    open.fault = fault
    open.count++
  }

  lastOf(rule: string): LastFault {
    const last = this.#last.get(rule)
    return last === undefined ? {} : { fault: textOf(last.fault), lastFault: last.time }
  }

  /** Faults of rules that were configured before say nothing about those that are configured now. */
  forget(): void {
    this.#last.clear()
  }

  /** Tells what was not told yet. */
  close(): void {
    for (const [key, { fault, count, cancel }] of this.#open) {
      cancel()
      if (count > 0) this.#tell(key.split(' ')[0], fault, count)
    }
    this.#open.clear()
  }

  #next(key: string, rule: string): Cancel {
    return this.#runtime.after(EVERY_MS, () => {
      const open = this.#open.get(key)
      if (open === undefined) return
      const { fault, count } = open
      if (count === 0) {
        this.#open.delete(key)
        return
      }
      this.#open.set(key, { fault, count: 0, cancel: this.#next(key, rule) })
      this.#tell(rule, fault, count)
    })
  }

  #tell(rule: string, fault: Fault, count: number): void {
    this.#report({ tag: tagOfRule(rule), data: { rule, state: fault.is, reason: textOf(fault), count } })
  }
}

function textOf(fault: Fault): string {
  return 'reason' in fault ? fault.reason : 'a group was forgotten, since there are too many'
}
