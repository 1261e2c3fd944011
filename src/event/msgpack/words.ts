/** The bytes in pieces of four, little-endian, the last filled up with zeros. */
export function wordsOf(bytes: Uint8Array): number[] {
  const words: number[] = []
  for (let at = 0; at < bytes.length; at += 4) {
    words.push(bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24))
  }
  return words
}
