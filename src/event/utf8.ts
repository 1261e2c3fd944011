/**
 * Returns whether the range is valid UTF-8: no overlong form, no surrogate, nothing above U+10FFFF, and nothing
 * truncated.
 *
 * @example
 * isUtf8(Uint8Array.of(0xc3, 0xa9), 0, 2) // true
 * isUtf8(Uint8Array.of(0xc3, 0xa9), 0, 1) // false
 */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start
  while (at < end) {
    const lead = bytes[at++]
    if (lead < 0x80) continue
    if (lead < 0xc2 || lead > 0xf4) return false
    const more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3
    if (at + more > end) return false
    const second = bytes[at]
    if (lead === 0xe0 && second < 0xa0) return false
    if (lead === 0xed && second > 0x9f) return false
    if (lead === 0xf0 && second < 0x90) return false
    if (lead === 0xf4 && second > 0x8f) return false
    for (const stop = at + more; at < stop; at++) if ((bytes[at] & 0xc0) !== 0x80) return false
  }
  return true
}

/**
 * Decodes the range. Invalid bytes become U+FFFD, and a byte order mark is kept.
 *
 * @example
 * decodeUtf8(Uint8Array.of(0xc3, 0xa9), 0, 2) // 'é'
 */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end))
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The number of bytes that the text takes in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : 3
    // A surrogate pair is one character of four bytes.
    if ((code & 0xfc00) === 0xd800 && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00) {
      bytes++
      index++
    }
  }
  return bytes
}

/** Writes a character as UTF-8, and returns the offset after it. */
export function writeUtf8(point: number, bytes: Uint8Array, start: number): number {
  let at = start
  if (point < 0x80) bytes[at++] = point
  else {
    if (point < 0x800) bytes[at++] = 0xc0 | (point >> 6)
    else {
      if (point < 0x1_0000) bytes[at++] = 0xe0 | (point >> 12)
      else {
        bytes[at++] = 0xf0 | (point >> 18)
        bytes[at++] = 0x80 | ((point >> 12) & 0x3f)
      }
      bytes[at++] = 0x80 | ((point >> 6) & 0x3f)
    }
    bytes[at++] = 0x80 | (point & 0x3f)
  }
  return at
}
