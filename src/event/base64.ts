/**
 * Encodes bytes as base64 with padding (RFC 4648 section 4).
 *
 * @example
 * encodeBase64(Uint8Array.of(1, 2, 255)) // 'AQL/'
 */
export function encodeBase64(bytes: Uint8Array): string {
  const whole = bytes.length - (bytes.length % 3)
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4)
  let to = 0
  for (let from = 0; from < whole; from += 3) {
    const bits = (bytes[from] << 16) | (bytes[from + 1] << 8) | bytes[from + 2]
    text[to++] = DIGITS[bits >>> 18]
    text[to++] = DIGITS[(bits >>> 12) & 63]
    text[to++] = DIGITS[(bits >>> 6) & 63]
    text[to++] = DIGITS[bits & 63]
  }
  if (whole < bytes.length) {
    const bits = (bytes[whole] << 16) | ((bytes[whole + 1] ?? 0) << 8)
    text[to++] = DIGITS[bits >>> 18]
    text[to++] = DIGITS[(bits >>> 12) & 63]
    text[to++] = whole + 1 < bytes.length ? DIGITS[(bits >>> 6) & 63] : PADDING
    text[to++] = PADDING
  }
  return decoder.decode(text)
}

/**
 * Decodes base64. Undefined if the text is not valid base64; nothing is skipped or guessed.
 *
 * @example
 * decodeBase64('AQL/') // Uint8Array [1, 2, 255]
 * decodeBase64('AQL') // undefined
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 4 !== 0) return undefined
  const padding = text.endsWith('==') ? 2 : Number(text.endsWith('='))
  const digits = text.length - padding
  const bytes = new Uint8Array((text.length / 4) * 3 - padding)
  let bits = 0
  let to = 0
  for (let from = 0; from < digits; from++) {
    const value = VALUES[text.charCodeAt(from)]
    if (value === undefined || value < 0) return undefined
    bits = ((bits << 6) | value) & 0xff_ffff
    if (from % 4 === 3) {
      bytes[to++] = bits >>> 16
      bytes[to++] = bits >>> 8
      bytes[to++] = bits
    }
  }
  if (padding === 2) {
    bytes[to] = bits >>> 4
    return (bits & 0x0f) === 0 ? bytes : undefined
  }
  if (padding === 1) {
    bytes[to++] = bits >>> 10
    bytes[to] = bits >>> 2
    return (bits & 0x03) === 0 ? bytes : undefined
  }
  return bytes
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const DIGITS = new TextEncoder().encode(ALPHABET)
const PADDING = 0x3d
/** The value of each character code; -1 if it is not a digit. */
const VALUES = Int8Array.from({ length: 128 }, (_, code) => ALPHABET.indexOf(String.fromCharCode(code)))
const decoder = new TextDecoder()
