import type { Cancel, Runtime } from '../../event/runtime.js'
import type { PeerConnection } from './peer-connection.js'

/** Time between two checks of connections, ms, and the most connections checked at a time. */
const SWEEP_MS = 1000
const MAX_CHECKS_OF_SWEEP = 1000

/** The connections of a face. Flushes their output at the end of each turn, and checks each one when it is due. */
export class ConnectionSet<Connection extends PeerConnection> {
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
    this.#cancelSweep ??= this.#runtime.after(SWEEP_MS, this.#sweep)
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

  /** Stops checking connections. */
  close(): void {
    this.#cancelSweep?.()
  }

  #sweep = (): void => {
    const now = this.#runtime.monotonic()
    let checks = 0
    for (const connection of this.#connections) {
      if (now < connection.due) continue
      connection.overdue(now)
      if (++checks === MAX_CHECKS_OF_SWEEP) break
    }
    this.#cancelSweep = this.#connections.size === 0 ? undefined : this.#runtime.after(SWEEP_MS, this.#sweep)
  }
}
