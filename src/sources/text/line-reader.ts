import type { Readable } from 'node:stream'
import type { Cancel, Runtime } from '../../event/runtime.js'
import type { MultilineConfig } from './config.js'
import { LineRecords } from './line-records.js'
import type { Line } from './line-splitter.js'
import { multilineSettings, RecordJoiner } from './record-joiner.js'
import { StreamReader } from './stream-reader.js'

export interface LineReaderOptions {
  stream: Readable
  runtime: Runtime
  maxLine: number
  multiline?: MultilineConfig
  /** For a writer that writes each line by itself, ms; see `StreamReaderOptions`. */
  gatherFor?: number
  /** Returns false if the hub accepts no events at present. */
  take(line: Line): boolean
  over(): void
}

/** Reads a stream line by line, or record by record. */
export class LineReader {
  readonly #runtime: Runtime
  readonly #joiner: RecordJoiner | undefined
  readonly #reader: StreamReader<Line>
  #wait: Cancel | undefined

  constructor({ stream, runtime, maxLine, multiline, gatherFor, take, over }: LineReaderOptions) {
    this.#runtime = runtime
    this.#joiner = multiline && new RecordJoiner(multilineSettings(multiline))
    this.#reader = new StreamReader({
      stream,
      runtime,
      gatherFor,
      take,
      over,
      splitter: new LineRecords(maxLine, this.#joiner),
      drained: () => this.#flushLater(),
    })
  }

  abandon(): void {
    this.#wait?.()
    this.#reader.abandon()
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
