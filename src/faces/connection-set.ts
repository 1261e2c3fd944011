import type { Cancel, Runtime } from '../event/runtime.js'

/** What a face looks after. */
export interface Kept {
  /** When it must be looked at, ms (monotonic). */
  readonly due: number
  /** It is due. */
  overdue(now: number): void
  /** Sends what it has to say. */
  flush(): void
}

/** How often connections are looked at, ms, and how many of them at a time. */
const SWEEP = 1000
const CHECKS_A_SWEEP = 1000

/** The connections of a face: what they say in one turn leaves at its end, and each is looked at when it is due. */
export class ConnectionSet<Connection extends Kept> {
  readonly #runtime: Runtime
  readonly #connections = new Set<Connection>()
  #flushing: Connection[] = []
  #cancelSweep: Cancel | undefined

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  get size(): number {
    return this.#connections.size
  }

  [Symbol.iterator](): Iterator<Connection> {
    return this.#connections.values()
  }

  add(connection: Connection): void {
    this.#connections.add(connection)
    this.#cancelSweep ??= this.#runtime.after(SWEEP, this.#sweep)
  }

  delete(connection: Connection): void {
    this.#connections.delete(connection)
  }

  flushSoon(connection: Connection): void {
    if (this.#flushing.length === 0) process.nextTick(this.flush)
    this.#flushing.push(connection)
  }

  flush = (): void => {
    const connections = this.#flushing
    this.#flushing = []
    for (const connection of connections) connection.flush()
  }

  /** Nobody is looked at any more. */
  close(): void {
    this.#cancelSweep?.()
  }

  #sweep = (): void => {
    const now = this.#runtime.monotonic()
    let checks = 0
    for (const connection of this.#connections) {
      if (now < connection.due) continue
      connection.overdue(now)
      if (++checks === CHECKS_A_SWEEP) break
    }
    this.#cancelSweep = this.#connections.size === 0 ? undefined : this.#runtime.after(SWEEP, this.#sweep)
  }
}
