import type { Cancel, Runtime } from '../event/runtime.js'

/** The time whose share may be sent at once. */
const BURST_MS = 100

/** Limits how many bytes are sent in a second. */
export class Pace {
  readonly #runtime: Runtime
  /** Bytes a millisecond; undefined: any number. */
  readonly #rate: number | undefined
  readonly #ready: () => void
  /** When everything sent so far may have been sent, ms (monotonic). */
  #until = 0
  #timer: Cancel | undefined

  /** `ready` is called when nothing is owed any more. */
  constructor(runtime: Runtime, bytesPerSecond: number | undefined, ready: () => void) {
    this.#runtime = runtime
    this.#rate = bytesPerSecond && bytesPerSecond / 1000
    this.#ready = ready
  }

  /** Bytes that were sent too early. */
  get owed(): number {
    return this.#rate === undefined ? 0 : Math.max(0, this.#early) * this.#rate
  }

  spend(bytes: number): void {
    if (this.#rate === undefined) return
    this.#until = Math.max(this.#until, this.#runtime.monotonic()) + bytes / this.#rate
    this.#wait()
  }

  close(): void {
    this.#timer?.()
    this.#timer = undefined
  }

  get #early(): number {
    return this.#until - this.#runtime.monotonic() - BURST_MS
  }

  #wait(): void {
    if (this.#early <= 0 || this.#timer !== undefined) return
    this.#timer = this.#runtime.after(Math.ceil(this.#early), () => {
      this.#timer = undefined
      if (this.#early > 0) this.#wait()
      else this.#ready()
    })
  }
}
