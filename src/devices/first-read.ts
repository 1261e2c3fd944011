import { TocsinError, toTocsinError } from '../errors/tocsin-error.js'
import { type RetryPauses, scatteredPause } from '../event/retry-pause.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import type { Boundary } from '../parts/boundary.js'

export interface FirstReadOptions {
  /** The part that reads. */
  readonly boundary: Boundary
  readonly runtime: Runtime
  readonly pauses: RetryPauses
  read(): Promise<void>
  done(): void
}

/** Reads what was stored before the start, again and again until the store answers. */
export class FirstRead {
  readonly #options: FirstReadOptions
  #obstacle: TocsinError | undefined = new TocsinError('TCN_DEVICES_UNREAD', 'they are being read')
  #cancel: Cancel = () => undefined
  #isStopped = false

  constructor(options: FirstReadOptions) {
    this.#options = options
  }

  get isDone(): boolean {
    return this.#obstacle === undefined
  }

  /** Throws TCN_DEVICES_UNREAD until everything is read. */
  check(): void {
    if (this.#obstacle !== undefined) throw this.#obstacle
  }

  start(): void {
    void this.#options.boundary.run(() => this.#try(1))
  }

  stop(): void {
    this.#isStopped = true
    this.#cancel()
  }

  /** Never rejects. */
  async #try(attempt: number): Promise<void> {
    const { boundary, runtime, pauses, read, done } = this.#options
    try {
      await read()
      if (this.#isStopped) return
      this.#obstacle = undefined
      done()
    } catch (thrown) {
      if (this.#isStopped) return
      boundary.note(thrown)
      const { message } = toTocsinError(thrown, 'TCN_INTERNAL')
      this.#obstacle = new TocsinError('TCN_DEVICES_UNREAD', message, { cause: thrown })
      const again = () => void this.#try(attempt + 1)
      this.#cancel = runtime.after(scatteredPause(attempt, pauses, runtime), again)
    }
  }
}
