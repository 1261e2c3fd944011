const OFFSET = 0x811c9dc5
const PRIME = 0x01000193

/** Continues a hash (FNV-1a) with a byte. */
export function mixed(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, PRIME)
}

export const EMPTY_HASH = OFFSET | 0

/** Spreads the bits of a hash, as MurmurHash3 does at its end. Returns 32 bits without a sign, never 0. */
export function finished(hash: number): number {
  let mix = hash
  mix = Math.imul(mix ^ (mix >>> 16), 0x85ebca6b)
  mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35)
  return (mix ^ (mix >>> 16)) >>> 0 || 1
}

/** The byte in lower case, if it is an ASCII letter. */
const LOWER = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte,
)

/** The lower case of each byte that is part of a word (letters, digits, `_` and all that is not ASCII), 0 for the others. */
const OF_WORD = Uint8Array.from({ length: 256 }, (_, byte) => {
  const isOfWord = byte >= 0x80 || /\w/.test(String.fromCharCode(byte))
  return isOfWord ? LOWER[byte] : 0
})

export function isOfWord(byte: number): boolean {
  return OF_WORD[byte] !== 0
}

/** The only characters beyond ASCII that regular expressions take for ASCII letters without regard to case, as UTF-8. */
const LONG_S = [0xc5, 0xbf]
const KELVIN = [0xe2, 0x84, 0xaa]

/** Number of bytes at `at` that stand for one folded character: 2 for U+017F, 3 for U+212A, otherwise 1. */
export function foldedBytes(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at]
  if (lead < 0x80) return 1
  if (lead === LONG_S[0] && at + 1 < end && bytes[at + 1] === LONG_S[1]) return 2
  const isKelvin =
    lead === KELVIN[0] && at + 2 < end && bytes[at + 1] === KELVIN[1] && bytes[at + 2] === KELVIN[2]
  return isKelvin ? 3 : 1
}

/** The folded character that takes `size` bytes at `at`. */
export function foldedAt(bytes: Uint8Array, at: number, size: number): number {
  if (size === 1) return LOWER[bytes[at]]
  return size === 2 ? 0x73 : 0x6b
}

/** The token of a range of bytes as a whole. */
export function tokenOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = EMPTY_HASH
  for (let at = start; at < end; ) {
    const size = foldedBytes(bytes, at, end)
    hash = mixed(hash, foldedAt(bytes, at, size))
    at += size
  }
  return finished(hash)
}
