import { LineSplitter } from '../../text/line-splitter.js'

export type ContainerStream = 'stdout' | 'stderr'

/** A part of what a container has written, as the daemon gives it: with the time at which it was written. */
export interface LogPiece {
  readonly stream: ContainerStream
  /** ns since the epoch */
  readonly time: bigint
  /** Without its line feed. Valid until the next call. */
  readonly bytes: Buffer
  /** Length of the whole piece in bytes. */
  readonly length: number
  /** The line continues in the next piece of the stream. */
  readonly isPartial: boolean
}

export interface PieceReader {
  feed(chunk: Buffer): void
  /** Returns the next piece; undefined if its end has not arrived. Throws an Error if the bytes make no sense. */
  next(): LogPiece | undefined
}

const HEAD_BYTES = 8
const STDERR = 2
/** Daemons cut what is written after 16 KiB. */
const MAX_FRAME = 1024 * 1024
const MAX_TIME = 64
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const BLANK = 0x20
const nothing = Buffer.alloc(0)

/** Frames of a container without a terminal: stream, three zeros, length, and a time with what was written. */
export class FramedPieces implements PieceReader {
  #bytes: Buffer = nothing

  feed(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
  }

  next(): LogPiece | undefined {
    if (this.#bytes.length < HEAD_BYTES) return undefined
    const length = this.#bytes.readUInt32BE(4)
    if (length > MAX_FRAME || this.#bytes[0] > STDERR) throw new Error('the daemon sends no frames of a log')
    if (this.#bytes.length < HEAD_BYTES + length) return undefined
    const stream = this.#bytes[0] === STDERR ? 'stderr' : 'stdout'
    const content = this.#bytes.subarray(HEAD_BYTES, HEAD_BYTES + length)
    this.#bytes = this.#bytes.subarray(HEAD_BYTES + length)
    const isPartial = content.at(-1) !== LINE_FEED
    const written = isPartial ? content : content.subarray(0, -1)
    return { stream, ...timed(written, written.length), isPartial }
  }
}

/** Lines of a container with a terminal, which has one stream. */
export class TerminalPieces implements PieceReader {
  readonly #lines: LineSplitter

  constructor(maxLine: number) {
    this.#lines = new LineSplitter(maxLine + MAX_TIME, 0, false)
  }

  feed(chunk: Buffer): void {
    this.#lines.feed(chunk)
  }

  next(): LogPiece | undefined {
    const line = this.#lines.line()
    if (line === undefined) return undefined
    const bytes = Buffer.from(line.bytes.buffer, line.bytes.byteOffset, line.bytes.length)
    const isReturned = bytes.at(-1) === CARRIAGE_RETURN && line.length === bytes.length
    const text = isReturned ? bytes.subarray(0, -1) : bytes
    return { stream: 'stdout', ...timed(text, line.length - (isReturned ? 1 : 0)), isPartial: false }
  }
}

/** Divides the time from what was written. */
function timed(bytes: Buffer, length: number): Pick<LogPiece, 'time' | 'bytes' | 'length'> {
  const end = bytes.subarray(0, MAX_TIME).indexOf(BLANK)
  const text = end < 0 ? bytes : bytes.subarray(end + 1)
  const time = nanosOf(bytes.toString('latin1', 0, Math.max(0, end)))
  return { time, bytes: text, length: length - (bytes.length - text.length) }
}

/** Returns ns since the epoch. Throws an Error for anything but RFC 3339. */
export function nanosOf(time: string): bigint {
  const [, seconds, fraction = '', zone] = /^(.{19})(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(time) ?? []
  const millis = Date.parse(`${seconds}${zone}`)
  if (Number.isNaN(millis)) throw new Error('the daemon sends a log without times')
  return BigInt(millis) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))
}
