import type { Runtime } from '../../../src/event/runtime.js'
import type { Bucket, StateStore } from '../../../src/state/index.js'

/** A slow state store: its writes fail while the disk is full, and never end once the hub has died. */
export class BrittleState {
  full = false
  dead = false
  readonly store: StateStore
  readonly #runtime: Runtime
  #writing = 0

  constructor(store: StateStore, runtime: Runtime) {
    this.#runtime = runtime
    this.store = {
      isNew: store.isNew,
      bucket: (name, options) => this.#brittle(store.bucket(name, options)),
      close: () => store.close(),
    }
  }

  /** Resolves when no write is under way, and those who wait for one have heard of it. */
  async settled(): Promise<void> {
    do await new Promise<void>((resolve) => this.#runtime.soon(resolve))
    while (this.#writing > 0 && !this.dead)
  }

  #brittle(bucket: Bucket): Bucket {
    return {
      damaged: bucket.damaged,
      reportDamage: (key, why) => bucket.reportDamage(key, why),
      get: async (key) => {
        await this.#turn()
        return bucket.get(key)
      },
      list: (prefix, after) => bucket.list(prefix, after),
      watch: (prefix, listener) => bucket.watch(prefix, listener),
      put: (key, value) => this.#write(() => bucket.put(key, value)),
      putAll: (entries) => this.#write(() => bucket.putAll(entries)),
      delete: (key) => this.#write(() => bucket.delete(key)),
      compareAndSet: (key, value, revision) => this.#write(() => bucket.compareAndSet(key, value, revision)),
    }
  }

  async #write<Result>(write: () => Promise<Result>): Promise<Result> {
    this.#writing++
    try {
      // A crash may come before the write, or between the write and its result.
      await this.#turn()
      if (this.full) throw new Error('no room')
      const result = await write()
      await this.#turn()
      return result
    } finally {
      this.#writing--
    }
  }

  #turn(): Promise<void> {
    if (this.dead) return new Promise(() => undefined)
    return new Promise((resolve) => this.#runtime.soon(resolve))
  }
}
