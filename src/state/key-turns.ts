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

  /** Runs a write to several keys after all writes to any of them; without any, at once. */
  async runAll<Result>(keys: readonly string[], write: () => Promise<Result>): Promise<Result> {
    const before = keys.flatMap((key) => this.#writing.get(key) ?? [])
    const mine = before.length === 0 ? write() : Promise.allSettled(before).then(write)
    for (const key of keys) this.#writing.set(key, mine)
    try {
      return await mine
    } finally {
      for (const key of keys) if (this.#writing.get(key) === mine) this.#writing.delete(key)
    }
  }

  /** Resolves when all writes begun so far have ended. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#writing.values())
  }
}
