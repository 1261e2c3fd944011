import { jsonView } from '../../event/json-view.js'

/**
 * The data of an event in one line for people: `retcode=0 fun=test.ping return=true`. It stops when it is
 * about `room` characters long, however large the data is. Control characters are not escaped here.
 */
export function summarize(data: unknown, room: number): string {
  const summary = new Summary(room)
  summary.top(data)
  return summary.text
}

class Summary {
  text = ''
  readonly #room: number

  constructor(room: number) {
    this.#room = room
  }

  get full(): boolean {
    return this.text.length > this.#room
  }

  top(data: unknown): void {
    const pairs = pairsOf(data)
    if (pairs === undefined) this.value(data)
    for (const [key, value] of pairs ?? []) {
      if (this.full) return
      if (this.text !== '') this.text += ' '
      this.pair(key, '=', value)
    }
  }

  pair(key: unknown, between: string, value: unknown): void {
    if (typeof key === 'string') this.text += key
    else this.value(key)
    this.text += between
    this.value(value)
  }

  value(value: unknown): void {
    if (typeof value === 'string') this.string(value)
    else if (value instanceof Uint8Array) this.text += bytesText(value)
    else if (Array.isArray(value)) this.list(value)
    else {
      const pairs = pairsOf(value)
      if (pairs) this.map(pairs)
      else this.text += scalarText(value)
    }
  }

  string(text: string): void {
    // A long text is cut before it is looked at, and shows it.
    const shown = text.length > this.#room ? text.slice(0, this.#room + 1) : text
    this.text += /^[^\s"={}[\],]+$/.test(shown) ? shown : JSON.stringify(shown)
  }

  list(values: readonly unknown[]): void {
    this.text += '['
    for (let at = 0; at < values.length && !this.full; at++) {
      if (at > 0) this.text += ', '
      this.value(values[at])
    }
    this.text += ']'
  }

  map(pairs: Iterable<[unknown, unknown]>): void {
    this.text += '{'
    let first = true
    for (const [key, value] of pairs) {
      if (this.full) break
      if (!first) this.text += ', '
      this.pair(key, ': ', value)
      first = false
    }
    this.text += '}'
  }
}

/** Keys and values of a map; undefined for everything else. */
function pairsOf(value: unknown): Iterable<[unknown, unknown]> | undefined {
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
  const shown = Buffer.from(bytes.subarray(0, SHOWN_BYTES)).toString('hex')
  return `<${bytes.length} bytes${shown && ' '}${shown}${bytes.length > SHOWN_BYTES ? '…' : ''}>`
}

function scalarText(value: unknown): string {
  const view = jsonView(value)
  return typeof view === 'string' ? view : JSON.stringify(view)
}
