import { decodeUtf8 } from '../utf8.js'

/** Short ASCII text is made without a call to the platform's decoder, which costs more than the text itself. */
export function readText(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start
  if (length === 0) return ''
  if (length < ascii.length) {
    const text = ascii[length](bytes, start)
    if (text !== undefined) return text
  }
  return decodeUtf8(bytes, start, end)
}

type AsciiReader = (bytes: Uint8Array, at: number) => string | undefined

const LONGEST_UNROLLED = 40

/** By length: readers of text of just that length, undefined where it is not all ASCII. */
const ascii: AsciiReader[] = Array.from({ length: LONGEST_UNROLLED + 1 }, (_, length) => unrolled(length))

function unrolled(length: number): AsciiReader {
  const codes = Array.from({ length }, (_, index) => `c${index}`)
  const loads = codes.map((code, index) => `${code} = bytes[at + ${index}]`)
  try {
    return new Function(
      'bytes',
      'at',
      `const ${loads.join(', ') || 'none = 0'}
       return (${codes.join(' | ') || '0'}) < 0x80 ? String.fromCharCode(${codes.join(', ')}) : undefined`,
    ) as AsciiReader
  } catch {
    // A page may forbid making code.
    return () => undefined
  }
}
