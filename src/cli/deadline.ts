/** The signal of the command, and a time after which the work ends. */
export class Deadline {
  readonly signal: AbortSignal
  passed = false
  readonly #timer: NodeJS.Timeout | undefined

  constructor(signal: AbortSignal, ms: number | undefined) {
    if (ms === undefined) {
      this.signal = signal
      return
    }
    const timeout = new AbortController()
    this.signal = AbortSignal.any([signal, timeout.signal])
    this.#timer = setTimeout(() => {
      this.passed = true
      timeout.abort()
    }, ms)
  }

  clear(): void {
    clearTimeout(this.#timer)
  }
}
