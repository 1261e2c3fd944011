import { ByteQueue } from '../../../transport/byte-queue.js'
import type { FramedMessage } from '../../netconf/codec/framing.js'

const LF = 0x0a
const CR = 0x0d
const COLON = 0x3a
const SPACE = 0x20
const DATA = Buffer.from('data')
const NEWLINE = Buffer.from('\n')
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** Reads the data of server-sent events. An event that is too long is left out, and the next one is read. */
export class EventStreamReader {
  readonly #longest: number
  readonly #waiting = new ByteQueue()
  readonly #message = new ByteQueue()
  /** Bytes of the message so far, with those that were left out. */
  #length = 0
  #hasData = false
  /** Bytes of the line that waits in which there is no end of a line. */
  #scanned = 0
  /** The line is part of what is left out. */
  #isSkipping = false
  #mayBeginWithMark = true
  #endedWithCr = false

  constructor(longest: number) {
    this.#longest = longest
  }

  /** Bytes that are kept. */
  get held(): number {
    return this.#waiting.length + this.#message.length
  }

  feed(bytes: Uint8Array): void {
    this.#waiting.push(bytes)
  }

  next(): FramedMessage | undefined {
    for (;;) {
      const line = this.#nextLine()
      if (line === undefined) return undefined
      if (this.#isSkipping) {
        this.#isSkipping = false
        this.#grow(line.length)
      } else if (line.length > 0) this.#take(line)
      else if (this.#hasData) return this.#finish()
    }
  }

  /** A line without its end, which is CR, LF or both; valid until the next call. */
  #nextLine(): Buffer | undefined {
    this.#dropLfOfCr()
    const { bytes } = this.#waiting
    let at = this.#scanned
    while (at < bytes.length && bytes[at] !== LF && bytes[at] !== CR) at++
    if (at === bytes.length) {
      this.#scanned = at
      this.#leaveOutIfLong()
      return undefined
    }
    this.#scanned = 0
    this.#endedWithCr = bytes[at] === CR
    const line = bytes.subarray(0, at)
    this.#waiting.drop(at + 1)
    return this.#mayBeginWithMark ? this.#withoutMark(line) : line
  }

  #dropLfOfCr(): void {
    if (!this.#endedWithCr || this.#waiting.length === 0) return
    if (this.#waiting.bytes[0] === LF) this.#waiting.drop(1)
    this.#endedWithCr = false
  }

  #withoutMark(line: Buffer): Buffer {
    this.#mayBeginWithMark = false
    const hasMark = line.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
    return hasMark ? line.subarray(BYTE_ORDER_MARK.length) : line
  }

  /** A line has no end yet, and need not have one soon. */
  #leaveOutIfLong(): void {
    if (this.#waiting.length <= this.#longest + DATA.length + 2) return
    this.#isSkipping = true
    this.#grow(this.#waiting.length)
    this.#waiting.clear()
    this.#scanned = 0
  }

  #take(line: Buffer): void {
    const isData = line.subarray(0, DATA.length).equals(DATA)
    const after = line[DATA.length]
    if (!isData || (after !== undefined && after !== COLON)) return
    const start = DATA.length + (line[DATA.length + 1] === SPACE ? 2 : 1)
    const value = line.subarray(start)
    const isFirst = !this.#hasData
    this.#grow(value.length + (isFirst ? 0 : 1))
    if (this.#length > this.#longest) return
    if (!isFirst) this.#message.push(NEWLINE)
    this.#message.push(value)
  }

  #grow(count: number): void {
    this.#hasData = true
    this.#length += count
    if (this.#length > this.#longest) this.#message.clear()
  }

  #finish(): FramedMessage {
    const length = this.#length
    this.#length = 0
    this.#hasData = false
    const bytes = this.#message.take(this.#message.length)
    return { bytes, length, isTooLong: length > this.#longest }
  }
}
