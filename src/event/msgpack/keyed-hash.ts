/**
 * HalfSipHash-1-3: a hash of bytes that nobody can find collisions for without the key. `bytes` must be readable up to
 * three bytes after `end`.
 */
export class KeyedHash {
  readonly #key0: number
  readonly #key1: number

  constructor(key: Uint8Array) {
    const words = new DataView(key.buffer, key.byteOffset, 8)
    this.#key0 = words.getInt32(0, true)
    this.#key1 = words.getInt32(4, true)
  }

  /** The hash of a number and the bytes together. */
  of(number: number, bytes: DataView, start: number, end: number): number {
    let v0 = this.#key0
    let v1 = this.#key1
    let v2 = 0x6c796765 ^ v0
    let v3 = 0x74656462 ^ v1
    let at = start - 4
    let word = number
    let final = 0
    for (;;) {
      v3 ^= word
      for (let round = final > 0 ? 3 : 1; round > 0; round--) {
        v0 = (v0 + v1) | 0
        v1 = (v1 << 5) | (v1 >>> 27)
        v1 ^= v0
        v0 = (v0 << 16) | (v0 >>> 16)
        v2 = (v2 + v3) | 0
        v3 = (v3 << 8) | (v3 >>> 24)
        v3 ^= v2
        v0 = (v0 + v3) | 0
        v3 = (v3 << 7) | (v3 >>> 25)
        v3 ^= v0
        v2 = (v2 + v1) | 0
        v1 = (v1 << 13) | (v1 >>> 19)
        v1 ^= v2
        v2 = (v2 << 16) | (v2 >>> 16)
      }
      if (final > 0) return v1 ^ v3
      v0 ^= word
      at += 4
      if (at < end) {
        word = bytes.getInt32(at, true)
        if (end - at < 4) word &= (1 << ((end - at) * 8)) - 1
      } else {
        v2 ^= 0xff
        word = 0
        final = 1
      }
    }
  }
}
