import { TocsinError } from '../../../errors/tocsin-error.js'

/**
 * Translates a text pattern of Python's `re` to RE2. Letters and digits are those of Unicode. Escapes that only RE2
 * supports are refused, as they are in Python. Throws TCN_FILTER_REGEX.
 */
export function pythonRegex(pattern: string): string {
  let out = ''
  let inClass = false
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]
    if (character === '\\') {
      const { text, length } = escapeAt(pattern, at, inClass)
      out += text
      at += length - 1
    } else if (!inClass && character === '[') {
      inClass = true
      const opening = /^\[\^?\]?/.exec(pattern.slice(at))![0]
      out += opening.replace(']', '\\]')
      at += opening.length - 1
    } else if (inClass && character === ']') {
      inClass = false
      out += character
      // Only RE2 has classes within classes; in Python the bracket stands for itself.
    } else out += inClass && character === '[' ? '\\[' : character
  }
  return out
}

const WORD = '\\p{L}\\p{N}_'
const SPACE = '\\s\\x0b\\x1c-\\x1f\\x{85}\\p{Z}'
const outside: Record<string, string> = {
  d: '\\p{Nd}',
  D: '\\P{Nd}',
  w: `[${WORD}]`,
  W: `[^${WORD}]`,
  s: `[${SPACE}]`,
  S: `[^${SPACE}]`,
  Z: '\\z',
}
const inside: Record<string, string> = { d: '\\p{Nd}', D: '\\P{Nd}', w: WORD, s: SPACE, b: '\\x08' }

function escapeAt(pattern: string, at: number, inClass: boolean): { text: string; length: number } {
  const letter = pattern[at + 1] ?? ''
  const code = /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(pattern.slice(at))
  if (code !== null) return { text: `\\x{${code[1] ?? code[2] ?? code[3]}}`, length: code[0].length }
  const known = (inClass ? inside : outside)[letter]
  if (known !== undefined) return { text: known, length: 2 }
  if (/[a-zA-Z]/.test(letter) && !(inClass ? 'afnrtvWS' : 'AbBafnrtv').includes(letter)) {
    const message = `the regular expression '${pattern}': \\${letter} at character ${at + 1} has no meaning in Python`
    throw new TocsinError('TCN_FILTER_REGEX', message, { details: { position: at } })
  }
  return { text: pattern.slice(at, at + 2), length: letter === '' ? 1 : 2 }
}
