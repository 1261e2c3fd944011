/** At most this many pairs; a line with more is left as text. */
const MAX_PAIRS = 256
const MAX_KEY = 256

export interface KeyValueForm {
  /** Text between two pairs; a blank stands for any blanks and tabs. */
  separator: string
  /** Text between key and value. */
  equals: string
  /** Characters that may enclose a value. */
  quote: string
}

export interface KeyValues {
  fields: Record<string, unknown>
  /** The text before the first pair, and all words that cannot be keys. */
  text: string
}

/** Brackets and quotes belong to sentences, not to keys. */
const noKey = /[\p{Cc}"'`()[\]{}<>]/u

/**
 * Reads `text before a=1 b="two words" c`, where `c` is true. Undefined for a line without a pair, one with too many, and
 * one with a quote that does not end.
 */
export function parseKeyValues(line: string, form: KeyValueForm): KeyValues | undefined {
  const reader = new PairReader(line, form)
  const fields = new Map<string, string | true>()
  const text: string[] = []
  let parts = 0
  for (let part = reader.next(); part !== undefined; part = reader.next()) {
    if (part === 'broken' || parts++ === MAX_PAIRS) return undefined
    const { key, value } = part
    if (value !== undefined) fields.set(key, value)
    else if (fields.size === 0 || !isKey(key)) text.push(key)
    // A word takes nothing away from a pair with the same key.
    else if (!fields.has(key)) fields.set(key, true)
  }
  if (![...fields.values()].some((value) => typeof value === 'string')) return undefined
  return { fields: Object.fromEntries(fields), text: text.join(form.separator) }
}

interface KeyValuePart {
  key: string
  /** Absent: the key is a word without a value. */
  value?: string
}

class PairReader {
  readonly #text: string
  readonly #form: KeyValueForm
  readonly #isBlank: boolean
  #at = 0
  /** Offset of the next text between key and value, so that it is searched for once; -1 for none. */
  #equals: number

  constructor(text: string, form: KeyValueForm) {
    this.#text = text
    this.#form = form
    this.#isBlank = form.separator === ' '
    this.#equals = text.indexOf(form.equals)
  }

  /** Undefined at the end; `broken` for a quote that does not end. */
  next(): KeyValuePart | 'broken' | undefined {
    this.#skip()
    if (this.#at >= this.#text.length) return undefined
    const { equals } = this.#form
    while (this.#equals !== -1 && this.#equals < this.#at) this.#equals = this.#text.indexOf(equals, this.#at)
    const end = this.#endOfPart(this.#at)
    const key = this.#text.slice(this.#at, this.#equals).trim()
    if (this.#equals === -1 || this.#equals >= end || !isKey(key)) return this.#word(end)
    this.#at = this.#equals + equals.length
    if (!this.#isBlank) while (this.#text[this.#at] === ' ') this.#at++
    const value = this.#value()
    return value === undefined ? 'broken' : { key, value }
  }

  #word(end: number): KeyValuePart {
    const key = this.#text.slice(this.#at, end).trim()
    this.#at = end
    return { key }
  }

  #value(): string | undefined {
    const mark = this.#text.charAt(this.#at)
    if (mark !== '' && this.#form.quote.includes(mark)) return this.#quoted(mark)
    const start = this.#at
    this.#at = this.#endOfPart(start)
    return this.#text.slice(start, this.#at).trim()
  }

  /** A backslash keeps the quote, or another backslash, from what it means. After the value, the pair must be over. */
  #quoted(mark: string): string | undefined {
    let value = ''
    let from = this.#at + 1
    for (let at = from; at < this.#text.length; at++) {
      const character = this.#text[at]
      const next = this.#text[at + 1]
      if (character === '\\' && (next === mark || next === '\\')) {
        value += this.#text.slice(from, at)
        from = ++at
      } else if (character === mark) {
        this.#at = at + 1
        return this.#isPartOver() ? value + this.#text.slice(from, at) : undefined
      }
    }
    return undefined
  }

  #isPartOver(): boolean {
    const end = this.#endOfPart(this.#at)
    return this.#text.slice(this.#at, end).trim() === ''
  }

  #endOfPart(start: number): number {
    if (!this.#isBlank) {
      const found = this.#text.indexOf(this.#form.separator, start)
      return found === -1 ? this.#text.length : found
    }
    for (let at = start; at < this.#text.length; at++) if (isBlank(this.#text[at])) return at
    return this.#text.length
  }

  #skip(): void {
    const { separator } = this.#form
    for (;;) {
      if (isBlank(this.#text.charAt(this.#at))) this.#at++
      else if (!this.#isBlank && this.#text.startsWith(separator, this.#at)) this.#at += separator.length
      else return
    }
  }
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\t' || character === '\n' || character === '\r'
}

function isKey(key: string): boolean {
  return key !== '' && key.length <= MAX_KEY && !noKey.test(key)
}
