/**
 * Tells that an answer is no longer wanted. Thousands of requests may listen to the same one, for which signals take too
 * long, and those that are made of others stay in memory.
 */
export class Cancellation {
  readonly #listeners = new Set<() => void>()
  #reason: unknown
  #isCancelled = false

  get isCancelled(): boolean {
    return this.#isCancelled
  }

  get reason(): unknown {
    return this.#reason
  }

  /** Calls `listener` when it is cancelled, until the returned function is called. */
  onCancel(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  cancel(reason?: unknown): void {
    if (this.#isCancelled) return
    this.#isCancelled = true
    this.#reason = reason
    for (const listener of this.#listeners) listener()
    this.#listeners.clear()
  }

  /** Returns a cancellation that happens with that of the signal, until the second one is called. */
  static with(signal: AbortSignal): [Cancellation, end: () => void] {
    const cancellation = new Cancellation()
    const cancel = () => cancellation.cancel(signal.reason)
    signal.addEventListener('abort', cancel, { once: true })
    if (signal.aborted) cancel()
    return [cancellation, () => signal.removeEventListener('abort', cancel)]
  }
}
