import { decodeUtf8 } from './utf8.js'

/** Tags are UTF-8 paths whose segments are separated by `/`. */

const MAX_SEGMENT_BYTES = 128
const utf8 = new TextEncoder()

/**
 * Makes a name from elsewhere (host, interface, file …) a single segment of a tag: `/`, `%` and control
 * characters are percent-encoded, the empty name becomes `-`, and a name over 128 bytes is cut and ends in a
 * hash of the whole.
 *
 * @example
 * tagSegment('eth0/1') // 'eth0%2F1'
 */
export function tagSegment(name: string): string {
  if (name === '') return '-'
  const encoded = wellFormed(name).replace(/[/%\u0000-\u001f\u007f-\u009f]/g, percentEncode)
  if (utf8.encode(encoded).length <= MAX_SEGMENT_BYTES) return encoded
  const suffix = `~${hash(name)}`
  return cut(encoded, MAX_SEGMENT_BYTES - suffix.length) + suffix
}

/** Replaces lone surrogates with U+FFFD. */
function wellFormed(text: string): string {
  const bytes = utf8.encode(text)
  return decodeUtf8(bytes, 0, bytes.length)
}

function percentEncode(character: string): string {
  return [...utf8.encode(character)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('')
}

function cut(text: string, bytes: number): string {
  let used = 0
  let kept = ''
  for (const character of text) {
    used += utf8.encode(character).length
    if (used > bytes) break
    kept += character
  }
  // A truncated percent code would read as another name.
  return kept.replace(/%[0-9A-F]?$/, '')
}

/** FNV-1a with 64 bits: stable across versions and platforms, and available in browsers without crypto. */
function hash(text: string): string {
  let value = 0xcbf29ce484222325n
  for (const byte of utf8.encode(text)) value = BigInt.asUintN(64, (value ^ BigInt(byte)) * 0x100000001b3n)
  return value.toString(16).padStart(16, '0')
}
