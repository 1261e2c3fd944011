import type { Readable } from 'node:stream'
import type { Cancel, Runtime } from '../../event/runtime.js'
import type { MultilineConfig } from './config.js'
import { type Line, LineSplitter } from './line-splitter.js'
import { multilineSettings, RecordJoiner } from './record-joiner.js'
import { StreamReader } from './stream-reader.js'

export interface LineReaderOptions {
  stream: Readable
  runtime: Runtime
  maxLine: number
  multiline?: MultilineConfig
  /** Returns false if the hub accepts no events at present. */
  take(line: Line): boolean
  over(): void
}

/** Reads a stream line by line, or record by record. */
export class LineReader {
  readonly #runtime: Runtime
  readonly #splitter: LineSplitter
  readonly #joiner: RecordJoiner | undefined
  readonly #reader: StreamReader<Line>
  #wait: Cancel | undefined

  constructor({ stream, runtime, maxLine, multiline, take, over }: LineReaderOptions) {
    this.#runtime = runtime
    this.#splitter = new LineSplitter(maxLine, 0, false)
    this.#joiner = multiline && new RecordJoiner(multilineSettings(multiline))
    this.#reader = new StreamReader({
      stream,
      runtime,
      take,
      over,
      splitter: {
        feed: (chunk) => this.#splitter.feed(chunk),
        next: () => this.#next(),
        rest: () => this.#rest(),
      },
      drained: () => this.#flushLater(),
    })
  }

  abandon(): void {
    this.#wait?.()
    this.#reader.abandon()
  }

  #next(): Line | undefined {
    for (let line = this.#splitter.line(); line; line = this.#splitter.line()) {
      const record = this.#joiner ? this.#joiner.add(line) : line
      if (record) return record
    }
    return undefined
  }

  /** The last line of a stream often has no line feed, which is not worth a mark. */
  #rest(): Line | undefined {
    const rest = this.#splitter.rest()
    const line = rest && { ...rest, partial: false }
    return (line && this.#joiner ? this.#joiner.add(line) : line) ?? this.#joiner?.flush()
  }

  #flushLater(): void {
    this.#wait?.()
    this.#wait = undefined
    const joiner = this.#joiner
    if (joiner?.pending === undefined) return
    this.#wait = this.#runtime.after(joiner.wait, () => {
      const record = this.#reader.waits ? undefined : joiner.flush()
      if (record) this.#reader.add(record)
    })
  }
}
