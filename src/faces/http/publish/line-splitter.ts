import { isUtf8 } from 'node:buffer'
import { type ErrorCode, TocsinError } from '../../../errors/tocsin-error.js'
import { LONG_JSON_BYTES } from '../../../incremental/read-json.js'

export interface LineSink {
  /** The UTF-8 bytes of a line. Returns a promise for a long one, which takes steps. */
  line(bytes: Buffer): Promise<void> | undefined
  /**
   * Takes a line at once if it can: the line begins at `start`, and its line feed is at `limit` or before. Returns the
   * offset of the line feed, or -1 if the line must be passed to `line`.
   */
  takes(bytes: Buffer, start: number, limit: number): number
  /** A line that cannot be read. */
  faulty(error: TocsinError): void
}

const LINE_FEED = 0x0a
const MAX_PIECES = 64
/** Splits the input into lines of limited length. Keeps at most one incomplete line. */
export class LineSplitter {
  readonly #limit: number
  readonly #sink: LineSink
  #rest: Buffer[] = []
  #restBytes = 0
  /** True if the current line is too long and has been reported. */
  #skipping = false

  constructor(limit: number, sink: LineSink) {
    this.#limit = limit
    this.#sink = sink
  }

  /** Bytes kept of the incomplete line. */
  get heldBytes(): number {
    return this.#restBytes
  }

  async push(chunk: Buffer): Promise<void> {
    const last = chunk.lastIndexOf(LINE_FEED)
    if (last < 0) {
      this.#keep(chunk)
      return
    }
    let whole = 0
    if (this.#restBytes > 0 || this.#skipping) {
      whole = chunk.indexOf(LINE_FEED) + 1
      await this.#finish(chunk.subarray(0, whole))
    }
    if (last >= whole) await this.#lines(chunk.subarray(whole, last + 1))
    this.#keep(chunk.subarray(last + 1))
  }

  /** Ends the input. The last line needs no line feed. */
  async end(): Promise<void> {
    if (this.#restBytes > 0 || this.#skipping) await this.#finish(END_OF_LINE)
  }

  /** Processes complete lines, each with its line feed. */
  async #lines(bytes: Buffer): Promise<void> {
    const areText = isUtf8(bytes)
    for (let at = 0; at < bytes.length; ) {
      let end = areText ? this.#sink.takes(bytes, at, Math.min(at + this.#limit, bytes.length - 1)) : -1
      if (end < 0) {
        end = bytes.indexOf(LINE_FEED, at)
        const work = this.#line(bytes.subarray(at, end))
        if (work !== undefined) await work
      }
      at = end + 1
    }
  }

  /** Returns a promise only for a long line. */
  #line(bytes: Buffer): Promise<void> | undefined {
    if (bytes.length > this.#limit) this.#sink.faulty(tooLong(this.#limit))
    else if (!isUtf8(bytes))
      this.#sink.faulty(new TocsinError('TCN_HTTP_JSON', 'the line is not valid UTF-8'))
    else return this.#sink.line(bytes)
    return undefined
  }

  /** Ends the incomplete line with these bytes, of which the last is its line feed. */
  async #finish(end: Buffer): Promise<void> {
    const skipped = this.#skipping
    const bytes = skipped ? EMPTY : Buffer.concat([...this.#rest, end])
    this.#rest = []
    this.#restBytes = 0
    this.#skipping = false
    if (skipped) return
    if (bytes.length <= LONG_JSON_BYTES) await this.#lines(bytes)
    else await this.#line(bytes.subarray(0, -1))
  }

  #keep(bytes: Buffer): void {
    if (this.#skipping || bytes.length === 0) return
    if (this.#restBytes + bytes.length > this.#limit) {
      this.#rest = []
      this.#restBytes = 0
      this.#skipping = true
      this.#sink.faulty(tooLong(this.#limit))
      return
    }
    // Copied, since a few bytes would keep the whole chunk in memory.
    this.#rest.push(Buffer.from(bytes))
    // Each of many tiny pieces would cost more memory than its bytes.
    if (this.#rest.length > MAX_PIECES) this.#rest = [Buffer.concat(this.#rest)]
    this.#restBytes += bytes.length
  }
}

const EMPTY = Buffer.alloc(0)
const END_OF_LINE = Buffer.of(LINE_FEED)

function tooLong(limit: number): TocsinError {
  const code: ErrorCode = 'TCN_HTTP_TOO_LARGE'
  return new TocsinError(code, `the line is longer than ${limit} bytes`, { details: { limit } })
}
