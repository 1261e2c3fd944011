import { TocsinError } from '../../errors/tocsin-error.js'

/** Bits that seven bytes of a varint hold: more would not fit into a number for certain. */
const PLAIN_BYTES = 7
const LONGEST_VARINT = 70n

/** Reads the values of which messages of Protocol Buffers consist, none beyond `end`. Throws TCN_HTTP_BODY. */
export class WireReader {
  readonly bytes: Buffer
  readonly #view: DataView
  at: number
  end: number

  constructor(bytes: Uint8Array) {
    const { buffer, byteOffset, length } = bytes
    this.bytes = Buffer.from(buffer, byteOffset, length)
    this.#view = new DataView(buffer, byteOffset, length)
    this.at = 0
    this.end = length
  }

  unsigned(): number | bigint {
    let value = 0
    for (let nth = 0, scale = 1; nth < PLAIN_BYTES; nth++, scale *= 128) {
      const byte = this.#byte()
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
    return inNumber(this.#rest(BigInt(value)))
  }

  /** A negative number has all ten bytes. */
  signed(): number | bigint {
    const value = this.unsigned()
    return typeof value === 'number' ? value : inNumber(BigInt.asIntN(64, value))
  }

  fixed32(): number {
    return this.#view.getUint32(this.#skip(4), true)
  }

  fixed64(): number | bigint {
    return inNumber(this.#view.getBigUint64(this.#skip(8), true))
  }

  double(): number {
    return this.#view.getFloat64(this.#skip(8), true)
  }

  /** The end of what follows the length that is read. */
  delimited(): number {
    const length = Number(this.unsigned())
    if (length > this.end - this.at) throw malformed('a length reaches beyond the end')
    return this.at + length
  }

  /** Skips a value of an unknown field. */
  skip(wireType: number): void {
    if (wireType === 0) this.unsigned()
    else if (wireType === 1) this.#skip(8)
    else if (wireType === 2) this.at = this.delimited()
    else if (wireType === 5) this.#skip(4)
    else throw malformed(`there is no value of the form ${wireType}`)
  }

  #rest(low: bigint): bigint {
    let value = low
    for (let shift = 49n; shift < LONGEST_VARINT; shift += 7n) {
      const byte = this.#byte()
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return BigInt.asUintN(64, value)
    }
    throw malformed('a number is too long')
  }

  #byte(): number {
    if (this.at >= this.end) throw malformed('it ends within a value')
    return this.bytes[this.at++]
  }

  #skip(length: number): number {
    if (length > this.end - this.at) throw malformed('it ends within a value')
    this.at += length
    return this.at - length
  }
}

function inNumber(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

export function malformed(what: string): TocsinError {
  return new TocsinError('TCN_HTTP_BODY', `not a valid message of Protocol Buffers: ${what}`)
}
