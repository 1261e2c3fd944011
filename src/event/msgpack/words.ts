/** Splits bytes into little-endian words of four bytes, the last one padded with zeros. */
export function wordsOf(bytes: Uint8Array): number[] {
  const words: number[] = []
  for (let at = 0; at < bytes.length; at += 4) {
    words.push(bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24))
  }
  return words
}

/** Copies a few bytes, for which this is faster than `set`. Neither view is written or read outside of the range. */
export function copyWords(from: DataView, start: number, end: number, to: DataView, at: number): void {
  let index = start
  for (; index + 4 <= end; index += 4, at += 4) to.setInt32(at, from.getInt32(index, true), true)
  for (; index < end; index++, at++) to.setUint8(at, from.getUint8(index))
}

/**
 * The highest bit of each of the four bytes that is a quote, a backslash, a control character or not ASCII. Of the others,
 * only bytes after the first such one may have theirs set, by the borrow of the subtractions.
 */
export function specialBits(word: number): number {
  const control = word - 0x20202020
  const quote = (word ^ 0x22222222) - 0x01010101
  const backslash = (word ^ 0x5c5c5c5c) - 0x01010101
  return (word | control | quote | backslash) & 0x80808080
}

/** The highest bit of each of the four bytes that is zero. Of the others, those not ASCII and those after a zero may have theirs set. */
export function zeroBits(word: number): number {
  return (word - 0x01010101) & 0x80808080
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
