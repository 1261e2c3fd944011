/**
 * Like JSON.parse, but integers that a number cannot represent are bigints up to 64 bits; beyond that they
 * are the nearest number. Throws SyntaxError.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  return SEEMS_LONG.test(text) || mayBeMisread(text) ? new Reader(text, exact).value() : value
}

/** Like JSON.parse, which takes one key for another in some versions of V8. Throws SyntaxError. */
export function parsePlainJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  return mayBeMisread(text) ? new Reader(text, JSON.parse).value() : value
}

/**
 * Once V8 12.8 to 14.6 (Node.js 24, for example) has read a key that ends in a backslash, it takes keys with another
 * escape in that place for the same key, in whatever text: nodejs/node#63785.
 */
const MISREADS_KEYS = misreadsKeys()

function misreadsKeys(): boolean {
  JSON.parse(String.raw`{"tocsin":0,"\\":0}`)
  return Object.keys(JSON.parse(String.raw`{"tocsin":0,"\n":0}`))[1] !== '\n'
}

function mayBeMisread(text: string): boolean {
  return MISREADS_KEYS && text.includes('\\')
}

/** Reads text that is known to be valid JSON. */
class Reader {
  readonly #text: string
  readonly #scalar: (token: string) => unknown
  #at = 0

  /** `scalar` gives the value of a text, number or word. */
  constructor(text: string, scalar: (token: string) => unknown) {
    this.#text = text
    this.#scalar = scalar
  }

  value(): unknown {
    switch (this.#next()) {
      case '{':
        return this.#map()
      case '[':
        return this.#list()
      default:
        return this.#scalar(this.#token())
    }
  }

  #map(): object {
    const map: Record<string, unknown> = {}
    this.#at++
    while (this.#next() !== '}') {
      const key = textOf(this.#token())
      this.#next()
      this.#at++
      const value = this.value()
      if (key === '__proto__') Object.defineProperty(map, key, { value, ...OWN_PROPERTY })
      else map[key] = value
      if (this.#next() === ',') this.#at++
    }
    this.#at++
    return map
  }

  #list(): unknown[] {
    const list: unknown[] = []
    this.#at++
    while (this.#next() !== ']') {
      list.push(this.value())
      if (this.#next() === ',') this.#at++
    }
    this.#at++
    return list
  }

  /** Moves to the next token and returns its first character. */
  #next(): string {
    const text = this.#text
    while (isSpace(text.charCodeAt(this.#at))) this.#at++
    return text[this.#at]
  }

  #token(): string {
    const text = this.#text
    const start = this.#at
    let end = start
    if (text[start] === '"') end = endOfText(text, start) + 1
    else while (!isDelimiter(text.charCodeAt(end))) end++
    this.#at = end
    return text.slice(start, end)
  }
}

function exact(token: string): unknown {
  return token[0] === '"' ? textOf(token) : exactNumber(token)
}

/** The number or word that the token stands for; a long integer is a bigint if it has at most 64 bits. */
export function exactNumber(token: string): unknown {
  const value: unknown = JSON.parse(token)
  if (token.length < LEAST_LONG || !LONG.test(token) || String(value) === token) return value
  const integer = BigInt(token)
  return integer >= MIN_INTEGER && integer <= MAX_INTEGER ? integer : value
}

/** The text that a token in quotes stands for. */
export function textOf(token: string): string {
  return token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1)
}

export function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

/** Returns whether the character, or the end of the text, ends a number or word. */
function isDelimiter(code: number): boolean {
  return code === 0x2c || code === 0x5d || code === 0x7d || isSpace(code) || Number.isNaN(code)
}

/** The offset after the text that begins with the quote at `start`; beyond the end if it does not end. */
export function endOfText(text: string, start: number): number {
  let end = start
  for (;;) {
    end = text.indexOf('"', end + 1)
    if (end < 0) return text.length
    let before = end - 1
    while (text[before] === '\\') before--
    if ((end - before) % 2 === 1) return end
  }
}

/** The pattern may also occur in text; then the detailed reading was unnecessary, but harmless. */
const SEEMS_LONG = /(?:^|[\s:,[])-?\d{16}/
/** The digits of an integer of up to 64 bits. */
const LONG = /^-?\d{16,20}$/
const LEAST_LONG = 16
const MIN_INTEGER = -(2n ** 63n)
const MAX_INTEGER = 2n ** 64n - 1n
const OWN_PROPERTY = { enumerable: true, configurable: true, writable: true }
