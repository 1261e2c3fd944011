/** Tags of the values that a message of SNMP begins with (X.690). */
const INTEGER = 0x02
export const OCTETS = 0x04
export const SEQUENCE = 0x30

/** A value inside the bytes of a message. */
export interface Element {
  tag: number
  start: number
  end: number
}

/** Reads values one after the other, none beyond the one that holds them. Throws on everything else. */
export class BerReader {
  readonly #bytes: Buffer
  readonly #end: number
  #at: number

  constructor(
    bytes: Buffer,
    { start, end }: { start: number; end: number } = { start: 0, end: bytes.length },
  ) {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
  }

  next(tag?: number): Element {
    const found = this.#byte()
    if (tag !== undefined && found !== tag)
      throw new Error(`expected a value with the tag ${tag}, not ${found}`)
    const length = this.#length()
    const element = { tag: found, start: this.#at, end: this.#at + length }
    if (element.end > this.#end) throw new Error('a value is longer than what holds it')
    this.#at = element.end
    return element
  }

  within(tag: number): BerReader {
    return new BerReader(this.#bytes, this.next(tag))
  }

  integer(): number {
    const { start, end } = this.next(INTEGER)
    if (end === start || end - start > 5) throw new Error('a number has no or too many bytes')
    return this.#bytes.readIntBE(start, end - start)
  }

  octets(): Buffer {
    const { start, end } = this.next(OCTETS)
    return this.#bytes.subarray(start, end)
  }

  #length(): number {
    const first = this.#byte()
    if (first < 0x80) return first
    const count = first & 0x7f
    if (count === 0 || count > 4 || this.#at + count > this.#end) throw new Error('a length cannot be read')
    const length = this.#bytes.readUIntBE(this.#at, count)
    this.#at += count
    return length
  }

  #byte(): number {
    if (this.#at >= this.#end) throw new Error('the message ends too early')
    return this.#bytes[this.#at++]
  }
}
