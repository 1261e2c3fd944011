import { TocsinError } from '../../../errors/tocsin-error.js'
import { ByteQueue } from '../../../transport/byte-queue.js'

/** The end of a message in base 1.0, and of each hello (RFC 6242, section 4.3). */
const END_MARK = ']]>]]>'
const END_OF_MESSAGE = Buffer.from(END_MARK)
/** `\n#4294967295\n` */
const LONGEST_HEADER = 13
const LARGEST_CHUNK = 4_294_967_295
/** A chunk may have one byte. */
const CHUNKS_AT_ONCE = 256
const header = /^\n#(?:([1-9]\d{0,9})|#)\n/
const beginOfHeader = /^\n?$|^\n#(?:#|[1-9]\d{0,9})?$/

export interface FramedMessage {
  /** Empty if the message is too long. */
  readonly bytes: Buffer
  /** Bytes of the message as the device has sent it. */
  readonly length: number
  readonly isTooLong: boolean
}

/** Splits what a peer sends into messages. One that is too long is left out, and those after it are read. */
export class NetconfFramer {
  /** True once both hellos name base 1.1: what follows is in chunks (RFC 6242, section 4.2). */
  isChunked = false
  readonly #longest: number
  readonly #waiting = new ByteQueue()
  readonly #message = new ByteQueue()
  /** Bytes of the message so far, with those that were left out. */
  #length = 0
  /** Bytes of the current chunk that are still to come. */
  #rest = 0
  /** True if `next` has stopped before all that has come, since it has worked for long enough. */
  hasMore = false

  constructor(longest: number) {
    this.#longest = longest
  }

  /** Bytes that are kept. */
  get held(): number {
    return this.#waiting.length + this.#message.length
  }

  /** True in the middle of a message. */
  get isWithin(): boolean {
    return this.#waiting.length > 0 || this.#length > 0
  }

  /** True in a message that is longer than is read. */
  get isTooLong(): boolean {
    return this.#length > this.#longest
  }

  feed(bytes: Uint8Array): void {
    this.#waiting.push(bytes)
  }

  /** Returns the next message, if it is whole and was reached. Throws TCN_NETCONF_FRAME. */
  next(): FramedMessage | undefined {
    return this.isChunked ? this.#nextOfChunks() : this.#nextToMark()
  }

  #nextToMark(): FramedMessage | undefined {
    const { bytes } = this.#waiting
    const end = bytes.indexOf(END_OF_MESSAGE)
    // The last bytes may be the beginning of the mark.
    const known = end >= 0 ? end : Math.max(0, bytes.length - END_OF_MESSAGE.length + 1)
    this.#collect(known)
    if (end < 0) return undefined
    this.#waiting.drop(END_OF_MESSAGE.length)
    return this.#finish()
  }

  #nextOfChunks(): FramedMessage | undefined {
    this.hasMore = false
    for (let chunks = 0; chunks < CHUNKS_AT_ONCE; chunks++) {
      if (this.#rest > 0) {
        const count = Math.min(this.#rest, this.#waiting.length)
        this.#collect(count)
        this.#rest -= count
        if (this.#rest > 0) return undefined
      }
      const size = this.#readHeader()
      if (size === undefined) return undefined
      if (size === 0) return this.#finish()
      this.#rest = size
    }
    this.hasMore = true
    return undefined
  }

  /** The size of the next chunk, 0 at the end of the message, undefined if more must come. */
  #readHeader(): number | undefined {
    const text = this.#waiting.bytes.toString('latin1', 0, LONGEST_HEADER)
    const match = header.exec(text)
    if (match === null) {
      if (text.length < LONGEST_HEADER && beginOfHeader.test(text)) return undefined
      throw unframed(`a chunk was expected, and not ${JSON.stringify(text)}`)
    }
    const [{ length }, digits] = match
    if (digits === undefined && this.#length === 0) throw unframed('a message without a chunk')
    const size = Number(digits ?? 0)
    if (size > LARGEST_CHUNK) throw unframed(`a chunk of ${size} bytes`)
    this.#waiting.drop(length)
    return size
  }

  /** Moves bytes to the message, or leaves them out if it is too long already. */
  #collect(count: number): void {
    if (count === 0) return
    this.#length += count
    if (this.#length > this.#longest) this.#message.clear()
    else this.#message.push(this.#waiting.bytes.subarray(0, count))
    this.#waiting.drop(count)
  }

  #finish(): FramedMessage {
    const length = this.#length
    this.#length = 0
    const bytes = this.#message.take(this.#message.length)
    return { bytes, length, isTooLong: length > this.#longest }
  }
}

/** The bytes of a message. */
export function frameMessage(text: string, isChunked: boolean): Buffer {
  return Buffer.from(framedText(text, isChunked))
}

/**
 * The same as text, which may be joined with that of other messages. XML may have the end mark of base 1.0 in comments,
 * attributes and the like: `refuseEndMark` keeps it out of what others have written.
 */
export function framedText(text: string, isChunked: boolean): string {
  return isChunked ? `\n#${Buffer.byteLength(text)}\n${text}\n##\n` : `${text}${END_MARK}`
}

/** Throws TCN_NETCONF_XML if the text would end a message of base 1.0 that it is a part of. */
export function refuseEndMark(text: string): void {
  if (text.includes(END_MARK))
    throw new TocsinError('TCN_NETCONF_XML', `${END_MARK} ends a message, and cannot be a part of one`)
}

function unframed(message: string): TocsinError {
  return new TocsinError('TCN_NETCONF_FRAME', `the bytes are not framed: ${message}`)
}
