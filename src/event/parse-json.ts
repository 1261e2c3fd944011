/**
 * JSON.parse, but for integers that a number would not give back as they were: up to 64 bits they are bigints,
 * beyond it the nearest number as ever. Throws SyntaxError.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  return SEEMS_LONG.test(text) ? new ExactReader(text).value() : value
}

/** Reads text that is known to be JSON. */
class ExactReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(): unknown {
    switch (this.#next()) {
      case '{':
        return this.#map()
      case '[':
        return this.#list()
      default:
        return exact(this.#token())
    }
  }

  #map(): object {
    const map: Record<string, unknown> = {}
    this.#at++
    while (this.#next() !== '}') {
      const key = exact(this.#token()) as string
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

  /** The character at which the next token begins. */
  #next(): string {
    SPACES.lastIndex = this.#at
    SPACES.test(this.#text)
    this.#at = SPACES.lastIndex
    return this.#text[this.#at]
  }

  #token(): string {
    const start = this.#at
    if (this.#text[start] === '"') this.#at = endOfText(this.#text, start) + 1
    else {
      WORD.lastIndex = start
      WORD.test(this.#text)
      this.#at = WORD.lastIndex
    }
    return this.#text.slice(start, this.#at)
  }
}

function exact(token: string): unknown {
  const value: unknown = JSON.parse(token)
  if (!LONG.test(token) || String(value) === token) return value
  const integer = BigInt(token)
  return integer >= LEAST && integer <= MOST ? integer : value
}

/** Where the text that begins with the quote at `start` ends; behind the end where it does not. */
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

/** May come in text as well; then reading it in detail was in vain, and no harm. */
const SEEMS_LONG = /(?:^|[\s:,[])-?\d{16}/
/** An integer of up to 64 bits has no more digits. */
const LONG = /^-?\d{16,20}$/
const SPACES = /\s*/y
const WORD = /[^\s,\]}]+/y
const LEAST = -(2n ** 63n)
const MOST = 2n ** 64n - 1n
const OWN_PROPERTY = { enumerable: true, configurable: true, writable: true }
