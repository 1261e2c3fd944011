import type { TocsinError } from '../errors/tocsin-error.js'
import type { Runtime } from '../event/runtime.js'

/** Time after the last refusal without an attempt to store anything, and there may be room again, ms. */
const FORGOTTEN_MS = 30_000

/** Why NATS refuses what this hub is to store, while it has no room. */
export class FullStorage {
  readonly #runtime: Pick<Runtime, 'monotonic'>
  #error: TocsinError | undefined
  #at = 0

  constructor(runtime: Pick<Runtime, 'monotonic'>) {
    this.#runtime = runtime
  }

  /** Undefined once something was stored, or after a while without an attempt: a hub that is asked for nothing must not stay full. */
  get error(): TocsinError | undefined {
    return this.#runtime.monotonic() - this.#at < FORGOTTEN_MS ? this.#error : undefined
  }

  refused(error: TocsinError): void {
    this.#error = error
    this.#at = this.#runtime.monotonic()
  }

  /** Returns true if nothing could be stored before. */
  stored(): boolean {
    const { error } = this
    this.#error = undefined
    return error !== undefined
  }
}
