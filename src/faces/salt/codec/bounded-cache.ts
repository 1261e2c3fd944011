/** Keeps what was made for the last keys asked for. */
export class BoundedCache<Value> {
  readonly #limit: number
  readonly #make: (key: string) => Value
  readonly #values = new Map<string, Value>()

  constructor(limit: number, make: (key: string) => Value) {
    this.#limit = limit
    this.#make = make
  }

  get(key: string): Value {
    let value = this.#values.get(key)
    if (value === undefined) value = this.#make(key)
    else this.#values.delete(key)
    this.#values.set(key, value)
    if (this.#values.size > this.#limit) this.#values.delete(this.#values.keys().next().value as string)
    return value
  }
}
