import { createHash } from 'node:crypto'

/** Values that are found again: as many kinds of devices may take turns. */
const MOST_VALUES = 64

/**
 * Values that are made once of the same texts: devices of one kind have the same capabilities, and often the same login.
 * Holds no value that is not in use elsewhere.
 */
export class SharedValues<Value extends object> {
  readonly #known = new Map<string, WeakRef<Value>>()

  /** Returns one in use that was made of the same texts, or makes it. Undefined is another text than an empty one. */
  of(texts: readonly (string | undefined)[], make: () => Value): Value {
    const key = createHash('sha256').update(JSON.stringify(texts)).digest('base64')
    const value = this.#known.get(key)?.deref() ?? make()
    this.#known.delete(key)
    this.#known.set(key, new WeakRef(value))
    const [oldest = key] = this.#known.keys()
    if (this.#known.size > MOST_VALUES) this.#known.delete(oldest)
    return value
  }
}
