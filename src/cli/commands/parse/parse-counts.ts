import type { ParseConfig } from '../../../sources/text/config.js'
import type { TextReading } from '../../../sources/text/text-parser.js'

const MAX_FIELDS = 100

/** Counts what has become of lines. */
export class ParseCounts {
  #lines = 0
  #notUnderstood = 0
  /** Lines of which the source makes no event. */
  #noEvent = 0
  readonly #formats: readonly string[]
  readonly #parsed: number[]
  readonly #unconverted = new Map<string, number>()

  constructor(parsers: readonly ParseConfig[]) {
    this.#formats = parsers.map(({ as = 'pattern', program }) =>
      program === undefined ? as : `${as} of ${program.join(', ')}`,
    )
    this.#parsed = parsers.map(() => 0)
  }

  /** Returns the number of the line, from 1. */
  add(isLost: boolean, read: TextReading | undefined): number {
    if (isLost) this.#noEvent++
    else if (read !== undefined) this.#parsed[read.by]++
    else this.#notUnderstood++
    for (const name of read?.unconverted ?? []) {
      if (this.#unconverted.size < MAX_FIELDS || this.#unconverted.has(name))
        this.#unconverted.set(name, (this.#unconverted.get(name) ?? 0) + 1)
    }
    return ++this.#lines
  }

  formatOf(read: TextReading | undefined): string | undefined {
    return read && this.#formats[read.by]
  }

  get isIncomplete(): boolean {
    return this.#notUnderstood + this.#noEvent + this.#unconverted.size > 0
  }

  summary() {
    const formats = this.#formats.map((format, i) => ({ parser: i + 1, format, lines: this.#parsed[i] }))
    return {
      lines: this.#lines,
      parsers: formats,
      notUnderstood: this.#notUnderstood,
      ...(this.#noEvent > 0 && { noEvent: this.#noEvent }),
      unconverted: Object.fromEntries(this.#unconverted),
    }
  }

  rows(): { by: string; lines: number }[] {
    const unconverted = [...this.#unconverted].map(([name, lines]) => ({
      by: `not converted: ${name}`,
      lines,
    }))
    return [
      ...this.#formats.map((format, i) => ({ by: `${i + 1} ${format}`, lines: this.#parsed[i] })),
      { by: 'not understood', lines: this.#notUnderstood },
      ...(this.#noEvent > 0 ? [{ by: 'no event', lines: this.#noEvent }] : []),
      ...unconverted,
    ]
  }
}
