import type { Cancel, Runtime } from '../event/runtime.js'

const EVERY_MS = 60_000

/** Something that happened some times, with the first of them. */
export interface Happened<First> {
  count: number
  first: First
  /** µs since the epoch */
  since: number
}

/** Tells the first time at once, and those of the following minute together. */
export class MinuteReport<First> {
  readonly #runtime: Runtime
  readonly #tell: (happened: Happened<First>) => void
  #happened: Happened<First> | undefined
  #quiet: Cancel | undefined

  constructor(runtime: Runtime, tell: (happened: Happened<First>) => void) {
    this.#runtime = runtime
    this.#tell = tell
  }

  add(count: number, first: First): void {
    this.#happened ??= { count: 0, first, since: this.#runtime.now() }
    this.#happened.count += count
    if (this.#quiet === undefined) this.#tellNow()
  }

  close(): void {
    this.#end()
    this.#tellNow()
    this.#end()
  }

  #end(): void {
    this.#quiet?.()
    this.#quiet = undefined
  }

  #tellNow(): void {
    this.#quiet = undefined
    if (this.#happened === undefined) return
    const happened = this.#happened
    this.#happened = undefined
    this.#tell(happened)
    this.#quiet = this.#runtime.after(EVERY_MS, () => this.#tellNow())
  }
}
