/** Runs the writes to one key one after another; those to different keys may share a commit. */
export class KeyTurns {
  /** The last pending write of each key. */
  readonly #writing = new Map<string, Promise<unknown>>()

  async run<Result>(key: string, write: () => Promise<Result>): Promise<Result> {
    const before = this.#writing.get(key)
    const mine = before === undefined ? write() : before.then(write, write)
    this.#writing.set(key, mine)
    try {
      return await mine
    } finally {
      if (this.#writing.get(key) === mine) this.#writing.delete(key)
    }
  }

  /** Resolves when all writes begun so far have ended. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#writing.values())
  }
}
