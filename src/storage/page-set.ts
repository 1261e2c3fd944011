import { PageFault } from './lmdb-format.js'

/** The pages that were found to be in use, or free. */
export class PageSet {
  readonly #bits: Uint8Array
  readonly #last: number

  constructor(last: number) {
    this.#last = Math.min(last, 2 ** 31)
    this.#bits = new Uint8Array((this.#last >> 3) + 1)
  }

  add(first: number, pages: number): void {
    if (first < 2 || pages < 1 || first + pages - 1 > this.#last)
      throw new PageFault(`page ${first} does not exist`)
    const last = first + pages - 1
    // A byte at a time: a value of 256 KiB has 64 pages.
    for (let byte = first >>> 3; byte <= last >>> 3; byte++) {
      const from = byte === first >>> 3 ? first & 7 : 0
      const to = byte === last >>> 3 ? last & 7 : 7
      const bits = (0xff << from) & (0xff >> (7 - to))
      const twice = this.#bits[byte] & bits
      if (twice !== 0) throw new PageFault(`page ${8 * byte + lowestBit(twice)} is used twice`)
      this.#bits[byte] |= bits
    }
  }
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits)
}
