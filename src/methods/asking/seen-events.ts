/** Events that are known again. */
const MAX_KNOWN = 50_000

/**
 * Recent events of hubs that have one place for the logs of several: these are read again from before it, since their
 * clocks differ.
 */
export class SeenEvents {
  /** By stream, the oldest first. */
  readonly #known = new Map<string, Set<string>>()

  /** Returns false if the event has come before. */
  add(stream: string, edge: string, seq: number): boolean {
    const known = this.#known.get(stream) ?? new Set<string>()
    this.#known.set(stream, known)
    const name = `${edge} ${seq}`
    if (known.has(name)) return false
    known.add(name)
    const [oldest] = known
    if (known.size > MAX_KNOWN) known.delete(oldest)
    return true
  }
}
