import { type Line, LineSplitter } from './line-splitter.js'
import type { RecordJoiner } from './record-joiner.js'
import type { Splitter } from './stream-reader.js'

/** Divides bytes into lines, or into records of lines that belong together. */
export class LineRecords implements Splitter<Line> {
  readonly #lines: LineSplitter
  readonly #joiner: RecordJoiner | undefined

  constructor(maxLine: number, joiner: RecordJoiner | undefined) {
    this.#lines = new LineSplitter(maxLine, 0, false)
    this.#joiner = joiner
  }

  feed(chunk: Uint8Array): void {
    this.#lines.feed(chunk)
  }

  next(): Line | undefined {
    for (let line = this.#lines.line(); line; line = this.#lines.line()) {
      const record = this.#joiner ? this.#joiner.add(line) : line
      if (record) return record
    }
    return undefined
  }

  /** The last line of a text often has no line feed, which is not worth a mark. */
  rest(): Line | undefined {
    const rest = this.#lines.rest()
    const line = rest && { ...rest, partial: false }
    return (line && this.#joiner ? this.#joiner.add(line) : line) ?? this.#joiner?.flush()
  }
}
