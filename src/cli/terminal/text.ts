/** Makes text from outside harmless for a terminal, and measures it. */

const printableAscii = /^[\x20-\x7e]*$/
/** Control and invisible formatting characters, but for the two joiners that emoji and Indic scripts need. */
const unsafe = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu
const named: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** Control characters become visible: a line feed `\n`, an escape `\x1b`, a direction override `\u{202e}`. */
export function escapeText(text: string): string {
  return printableAscii.test(text) ? text : text.replace(unsafe, visible)
}

/** The same for JSON text, which stays JSON of the same value: its own line feeds are kept. */
export function escapeJson(json: string): string {
  if (printableAscii.test(json)) return json
  return json.replace(unsafe, (character) => (character === '\n' ? character : jsonEscape(character)))
}

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (code > 0xff) return `\\u{${code.toString(16)}}`
  return named[character] ?? `\\x${code.toString(16).padStart(2, '0')}`
}

function jsonEscape(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
}

const zeroWidth = /^(?!\ufe0f)[\p{Mn}\p{Me}\u200c\u200d]$/u
const wide =
  /^[\u1100-\u115f\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\u4dff\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{18d00}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1d300}-\u{1d376}\u{1f200}-\u{1f2ff}\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f7e0}-\u{1f7ff}\u{1f900}-\u{1faff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}\p{Regional_Indicator}]$/u

/** The maximum number of columns of a text without control characters. */
export function displayWidth(text: string): number {
  if (printableAscii.test(text)) return text.length
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

function characterWidth(character: string): number {
  if (character >= ' ' && character <= '~') return 1
  if (wide.test(character)) return 2
  return zeroWidth.test(character) ? 0 : 1
}

/** The part of the text that fits; it ends in `…` if something is left out. */
export function cut(text: string, columns: number): string {
  if (columns <= 0) return ''
  if (text.length * 2 <= columns || displayWidth(text) <= columns) return text
  let width = 0
  let kept = ''
  for (const character of text) {
    width += characterWidth(character)
    if (width >= columns) break
    kept += character
  }
  return `${kept}…`
}

/** The beginning and the end of the text, with `…` in between if something is left out. */
export function cutMiddle(text: string, columns: number): string {
  if (columns < 3 || displayWidth(text) <= columns) return cut(text, columns)
  const head = cut(text, Math.ceil(columns * 0.45))
  const room = columns - displayWidth(head)
  let tail = ''
  let width = 0
  for (const character of [...text].reverse()) {
    width += characterWidth(character)
    if (width > room) break
    tail = character + tail
  }
  return head + tail
}

export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)))
}

export function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - displayWidth(text))) + text
}
