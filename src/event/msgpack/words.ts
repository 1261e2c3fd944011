/** Splits bytes into little-endian words of four bytes, the last one padded with zeros. */
export function wordsOf(bytes: Uint8Array): number[] {
  const words: number[] = []
  for (let at = 0; at < bytes.length; at += 4) {
    words.push(bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24))
  }
  return words
}
