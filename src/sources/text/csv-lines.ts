import { type CsvForm, parseCsv } from './csv.js'
import type { LinePlace } from './line-place.js'

/** Streams whose first line is remembered. */
const MAX_STREAMS = 2_000

export interface CsvConfig {
  columns?: readonly string[]
  separator?: string
  quote?: string
}

/** Reads lines of values whose names are configured, or are the first line of each stream. */
export class CsvLines {
  readonly #form: CsvForm
  readonly #columns: readonly string[] | undefined
  readonly #headers = new Map<string, readonly string[]>()

  constructor({ columns, separator = ',', quote = '"' }: CsvConfig) {
    this.#form = { separator, quote }
    this.#columns = columns
  }

  isHeader(place: LinePlace | undefined): boolean {
    return this.#columns === undefined && place?.isFirst === true
  }

  /** Undefined for a line with more or fewer values than there are names. */
  fields(line: string, place: LinePlace | undefined): Record<string, unknown> | undefined {
    const names = this.#columns ?? this.#headerOf(line, place)
    const values = names.length === 0 || this.isHeader(place) ? undefined : parseCsv(line, this.#form)
    if (values?.length !== names.length) return undefined
    return Object.fromEntries(names.map((name, i) => [name, values[i]]))
  }

  #headerOf(line: string, place: LinePlace | undefined): readonly string[] {
    if (place === undefined) return []
    const known = place.isFirst ? undefined : this.#headers.get(place.stream)
    if (known !== undefined) return known
    const names = this.#namesIn(place.isFirst ? line : place.first?.())
    const [oldest] = this.#headers.keys()
    if (oldest !== undefined && this.#headers.size >= MAX_STREAMS) this.#headers.delete(oldest)
    this.#headers.set(place.stream, names)
    return names
  }

  /** A header that says a name twice names nothing. */
  #namesIn(line: string | undefined): readonly string[] {
    const values = line === undefined ? [] : (parseCsv(line.replace(/^\uFEFF/, ''), this.#form) ?? [])
    const names = values.map((value, i) => (value.trim() === '' ? `column${i + 1}` : value.trim()))
    return new Set(names).size === names.length ? names : []
  }
}
