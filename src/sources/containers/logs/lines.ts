import type { RecordJoiner } from '../../text/record-joiner.js'
import type { Splitter } from '../../text/stream-reader.js'
import type { ContainerStream, LogPiece, PieceReader } from './pieces.js'

/** The end of a stream that was read: the time of its last line, ns since the epoch, and how many lines have had it. */
export interface LogPlace {
  readonly time: bigint
  readonly count: number
}
export type LogPlaces = Partial<Record<ContainerStream, LogPlace>>

/** A line of a container, or lines that belong together. */
export interface ContainerRecord {
  readonly stream: ContainerStream
  /** When it began, ns since the epoch. */
  readonly time: bigint
  /** Valid until the next call. */
  readonly bytes: Uint8Array
  /** Length of the whole record in bytes; larger than that of `bytes` if it was cut. */
  readonly length: number
  readonly continued: boolean
  /** Where the record ends. */
  readonly end: LogPlace
}

export interface ContainerLinesOptions {
  readonly pieces: PieceReader
  readonly maxLine: number
  /** Joins the lines that belong together. */
  readonly joiner: (() => RecordJoiner) | undefined
  /** Lines before these places are left out. */
  readonly after: LogPlaces
}

const nothing = Buffer.alloc(0)

interface OwnStream {
  readonly joiner: RecordJoiner | undefined
  /** Has the line whose end has not arrived, and room for more of it. */
  bytes: Buffer
  kept: number
  length: number
  time: bigint
  /** The line that came last. */
  last: LogPlace
  /** When the record began that the joiner holds, and where its last line ends. */
  held: { time: bigint; end: LogPlace } | undefined
}

/** Puts lines and records together from the pieces that a daemon sends; of each stream for itself. */
export class ContainerLines implements Splitter<ContainerRecord> {
  readonly #options: ContainerLinesOptions
  readonly #streams: Readonly<Record<ContainerStream, OwnStream>>

  constructor(options: ContainerLinesOptions) {
    this.#options = options
    this.#streams = { stdout: this.#newStream(), stderr: this.#newStream() }
  }

  feed(chunk: Buffer): void {
    this.#options.pieces.feed(chunk)
  }

  next(): ContainerRecord | undefined {
    const { pieces } = this.#options
    for (let piece = pieces.next(); piece !== undefined; piece = pieces.next()) {
      const own = this.#streams[piece.stream]
      this.#add(own, piece)
      const record = piece.isPartial ? undefined : this.#ended(own, piece.stream)
      if (record !== undefined) return record
    }
    return undefined
  }

  /** Lines and records without an end are published as they are when the container has ended. */
  rest(): ContainerRecord | undefined {
    for (const [stream, own] of this.#all()) {
      const record = own.length > 0 ? this.#ended(own, stream) : undefined
      if (record !== undefined) return record
    }
    return this.flush()
  }

  /** Time that records wait for their next lines, ms; undefined if none waits. */
  get wait(): number | undefined {
    return this.#all().find(([, { joiner }]) => joiner?.pending !== undefined)?.[1].joiner?.wait
  }

  /** Returns a record that waits for more lines, as it is. */
  flush(): ContainerRecord | undefined {
    for (const [stream, own] of this.#all()) {
      const record = own.joiner?.flush()
      if (record !== undefined) return this.#released(own, stream, record)
    }
    return undefined
  }

  #newStream(): OwnStream {
    const joiner = this.#options.joiner?.()
    const last = { time: 0n, count: 0 }
    return { joiner, bytes: nothing, kept: 0, length: 0, time: 0n, last, held: undefined }
  }

  #all(): [ContainerStream, OwnStream][] {
    const { stdout, stderr } = this.#streams
    return [
      ['stdout', stdout],
      ['stderr', stderr],
    ]
  }

  #add(own: OwnStream, { time, bytes, length }: LogPiece): void {
    if (own.length === 0) own.time = time
    own.length += length
    const kept = Math.min(bytes.length, this.#options.maxLine - own.kept)
    if (kept === 0) return
    own.bytes = withRoom(own.bytes, own.kept, kept)
    // The bytes of a piece are only valid until the next one.
    own.kept += bytes.copy(own.bytes, own.kept, 0, kept)
  }

  #ended(own: OwnStream, stream: ContainerStream): ContainerRecord | undefined {
    const { time, length } = own
    const bytes = own.bytes.subarray(0, own.kept)
    own.bytes = nothing
    own.kept = 0
    own.length = 0
    own.last = { time, count: own.last.time === time ? own.last.count + 1 : 1 }
    if (this.#wasRead(stream, own.last)) return undefined
    const end = own.last
    if (own.joiner === undefined) return { stream, time, bytes, length, continued: false, end }
    const record = own.joiner.add({ bytes, length, start: 0, end: 0, partial: false, continued: false })
    const released = record && this.#released(own, stream, record)
    own.held = { time: own.held?.time ?? time, end }
    return released
  }

  #released(
    own: OwnStream,
    stream: ContainerStream,
    { bytes, length, continued }: { bytes: Uint8Array; length: number; continued: boolean },
  ): ContainerRecord {
    const { time, end } = own.held ?? { time: own.time, end: own.last }
    own.held = undefined
    return { stream, time, bytes, length, continued, end }
  }

  #wasRead(stream: ContainerStream, { time, count }: LogPlace): boolean {
    const before = this.#options.after[stream]
    return before !== undefined && (time < before.time || (time === before.time && count <= before.count))
  }
}

/** Returns the buffer, or a larger one with the same beginning. It doubles: a long line may come in many small pieces. */
function withRoom(buffer: Buffer, used: number, more: number): Buffer {
  if (used + more <= buffer.length) return buffer
  const larger = Buffer.allocUnsafe(Math.max(used + more, 2 * used))
  buffer.copy(larger, 0, 0, used)
  return larger
}
