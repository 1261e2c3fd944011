/** Reads values of D-Bus, each at a multiple of its own size. Throws a RangeError where the bytes end. */
export class DbusReader {
  readonly #bytes: Buffer
  readonly #order: 'little' | 'big'
  #at = 0

  constructor(bytes: Buffer, order: 'little' | 'big') {
    this.#bytes = bytes
    this.#order = order
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  align(size: number): void {
    this.#at += -this.#at & (size - 1)
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#at++)
  }

  number(): number {
    this.align(4)
    const at = this.#at
    this.#at += 4
    return this.#order === 'little' ? this.#bytes.readUInt32LE(at) : this.#bytes.readUInt32BE(at)
  }

  /** A text, or a path. */
  text(): string {
    return this.#ended(this.number())
  }

  signature(): string {
    return this.#ended(this.byte())
  }

  /** A zero follows. */
  #ended(length: number): string {
    if (length >= this.left) throw new RangeError('the message ends within a text')
    const end = this.#at + length
    const text = this.#bytes.toString('utf8', this.#at, end)
    this.#at = end + 1
    return text
  }
}
