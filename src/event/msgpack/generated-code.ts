import { decodeUtf8 } from '../utf8.js'
import type { BuildMap } from './key-tree.js'

/**
 * Functions that are compiled at run time because generated code is faster here. The browser bundle replaces
 * this file, since web pages often forbid such code.
 */

/**
 * Decodes text. Short ASCII text does not use the platform's decoder, whose call costs more than the text
 * itself.
 */
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

const MAX_UNROLLED = 40

/**
 * Readers of ASCII text of exactly one length, by length. They return undefined if the text is not all ASCII.
 */
const ascii: AsciiReader[] = Array.from({ length: MAX_UNROLLED + 1 }, (_, length) => unrolled(length))

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
    // A web page may forbid generated code.
    return () => undefined
  }
}

/** Generates a function that makes an object with these keys; undefined if generated code is forbidden. */
export function compileMap(keys: readonly string[]): BuildMap | undefined {
  const properties = keys.map((key, index) => `${JSON.stringify(key)}: values[from + ${index}]`)
  try {
    return new Function('values', 'from', `return { ${properties.join(', ')} }`) as BuildMap
  } catch {
    return undefined
  }
}
