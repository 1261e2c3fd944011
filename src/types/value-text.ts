import { jsonView } from '../event/json/view.js'

/**
 * Writes values on one line for people: `retcode=0 fun=test.ping return=true`. It stops when the text is about `room`
 * characters long, however large the data is. Control characters are not escaped here.
 */
export class ValueText {
  text = ''
  readonly #room: number

  constructor(room: number) {
    this.#room = room
  }

  get full(): boolean {
    return this.text.length > this.#room
  }

  /** `key=value`, after a blank if something stands before it. */
  pair(key: unknown, value: unknown): void {
    if (this.text !== '') this.text += ' '
    this.#pair(key, '=', value)
  }

  value(value: unknown): void {
    if (typeof value === 'string') this.#string(value)
    else if (value instanceof Uint8Array) this.text += bytesText(value)
    else if (Array.isArray(value)) this.#list(value)
    else {
      const pairs = pairsOf(value)
      if (pairs) this.#map(pairs)
      else this.text += scalarText(value)
    }
  }

  /** Text as it is, and anything else like `value`. */
  plain(value: unknown): void {
    if (typeof value === 'string') this.text += value.slice(0, this.#room + 1)
    else if (Array.isArray(value) && value.every((each) => typeof each !== 'object' || each === null))
      this.#items(value, (each) => this.plain(each))
    else this.value(value)
  }

  #pair(key: unknown, between: string, value: unknown): void {
    if (typeof key === 'string') this.text += key
    else this.value(key)
    this.text += between
    this.value(value)
  }

  #string(text: string): void {
    // A long text is cut before it is examined, and the cut is visible.
    const shown = text.length > this.#room ? text.slice(0, this.#room + 1) : text
    this.text += /^[^\s"={}[\],]+$/.test(shown) ? shown : JSON.stringify(shown)
  }

  #list(values: readonly unknown[]): void {
    this.text += '['
    this.#items(values, (value) => this.value(value))
    this.text += ']'
  }

  #map(pairs: Iterable<[unknown, unknown]>): void {
    this.text += '{'
    this.#items(pairs, ([key, value]) => this.#pair(key, ': ', value))
    this.text += '}'
  }

  #items<Item>(items: Iterable<Item>, write: (item: Item) => void): void {
    let first = true
    for (const item of items) {
      if (this.full) return
      if (!first) this.text += ', '
      write(item)
      first = false
    }
  }
}

/** Keys and values of a map; undefined for everything else. */
export function pairsOf(value: unknown): Iterable<[unknown, unknown]> | undefined {
  if (value instanceof Map) return value
  const plain =
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  return plain ? entriesOf(value) : undefined
}

function* entriesOf(value: object): Iterable<[string, unknown]> {
  for (const key in value) yield [key, (value as Record<string, unknown>)[key]]
}

const SHOWN_BYTES = 16

function bytesText(bytes: Uint8Array): string {
  let shown = ''
  for (const byte of bytes.subarray(0, SHOWN_BYTES)) shown += byte.toString(16).padStart(2, '0')
  return `<${bytes.length} bytes${shown && ' '}${shown}${bytes.length > SHOWN_BYTES ? '…' : ''}>`
}

function scalarText(value: unknown): string {
  const view = jsonView(value)
  return typeof view === 'string' ? view : JSON.stringify(view)
}
