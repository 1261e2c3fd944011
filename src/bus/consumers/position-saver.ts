import type { Cancel, Runtime } from '../../event/runtime.js'

/** A changed position is written after this time (ms) or after this many changes; a failed write is retried. */
const EVERY = 1_000
const CHANGES = 1_000
const TRY_AGAIN = 5_000
/** A position that moved only over events that do not match is written this often, ms. */
const QUIET_EVERY = 60_000

/** Decides when the position of a consumer is written. Events settled since then are redelivered after a crash. */
export class PositionSaver {
  readonly #runtime: Runtime
  readonly #write: () => Promise<unknown>
  readonly #failed: (error: unknown) => void
  #changes = 0
  #cancel: Cancel | undefined
  #writing: Promise<void> | undefined
  #writtenAt: number
  #stopped = false

  constructor(runtime: Runtime, write: () => Promise<unknown>, failed: (error: unknown) => void) {
    this.#runtime = runtime
    this.#write = write
    this.#failed = failed
    this.#writtenAt = runtime.monotonic()
  }

  changed(count = 1): void {
    this.#changes += count
    if (this.#changes >= CHANGES && this.#writing === undefined) this.#now()
    else this.#later(EVERY)
  }

  /** Writes the position as soon as it can. */
  hurry(): void {
    this.changed(CHANGES)
  }

  /** Called when nothing was settled, but the position has moved. */
  moved(): void {
    if (this.#runtime.monotonic() - this.#writtenAt >= QUIET_EVERY) this.changed()
  }

  /** Resolves when the current position is written. */
  async save(): Promise<void> {
    this.#cancel?.()
    this.#cancel = undefined
    await this.#writing
    const changes = this.#changes
    this.#changes = 0
    try {
      await this.#write()
      this.#writtenAt = this.#runtime.monotonic()
    } catch (error) {
      this.#changes += changes
      throw error
    }
  }

  /** Writes the position if it has changed. */
  async flush(): Promise<void> {
    await this.#writing
    if (this.#changes > 0) await this.save()
  }

  stop(): void {
    this.#stopped = true
    this.#cancel?.()
  }

  #later(ms: number): void {
    if (!this.#stopped) this.#cancel ??= this.#runtime.after(ms, this.#now)
  }

  readonly #now = (): void => {
    this.#cancel = undefined
    if (this.#writing !== undefined) this.#later(EVERY)
    else this.#writing = this.#saveOrLater()
  }

  async #saveOrLater(): Promise<void> {
    try {
      await this.save()
      this.#writing = undefined
      if (this.#changes >= CHANGES && !this.#stopped) this.#now()
    } catch (error) {
      this.#writing = undefined
      this.#failed(error)
      this.#later(TRY_AGAIN)
    }
  }
}
