import { type RawMessage, ReceivedMessage } from './raw-message.js'

/** The part of the library that takes the bytes of a connection. */
export interface Parser {
  parse(bytes: Uint8Array): void
}

/**
 * Reads messages out of what a connection receives, and leaves everything else to the parser of the library, which makes
 * several objects and views of each message:
 *
 *   MSG subject sid [reply] bytes CR LF payload CR LF
 *   HMSG subject sid [reply] bytes-of-header bytes-of-both CR LF header payload CR LF
 */
export class MessageReader implements Parser {
  #library: Parser
  readonly #listeners = new Map<number, (message: RawMessage) => void>()
  /** The beginning of something that is not complete, and how long it will be at least. */
  #parts: Buffer[] = []
  #length = 0
  #needed = 0

  constructor(library: Parser) {
    this.#library = library
  }

  /** Sets the parser for a new connection, which begins with its first byte. */
  set library(parser: Parser) {
    this.#library = parser
    this.#parts = []
    this.#length = 0
  }

  /** Hands the messages of a subscription to the listener, instead of to the library. */
  add(sid: number, listener: (message: RawMessage) => void): void {
    this.#listeners.set(sid, listener)
  }

  remove(sid: number): void {
    this.#listeners.delete(sid)
  }

  parse(received: Uint8Array): void {
    const chunk = Buffer.from(received.buffer, received.byteOffset, received.length)
    this.#parts.push(chunk)
    this.#length += chunk.length
    if (this.#length < this.#needed) return
    const bytes = this.#parts.length === 1 ? chunk : Buffer.concat(this.#parts)
    this.#parts = []
    this.#needed = this.#length = 0
    const read = this.#readAll(bytes)
    if (read === bytes.length) return
    this.#parts = [bytes.subarray(read)]
    this.#length = bytes.length - read
  }

  /** Returns the end of the last thing that is complete. */
  #readAll(bytes: Buffer): number {
    for (let at = 0; at < bytes.length; ) {
      const end = this.#read(bytes, at)
      if (end > bytes.length) {
        this.#needed = end - at
        return at
      }
      at = end
    }
    return bytes.length
  }

  /** Returns where what begins at `at` ends, as far as that is known. Beyond the bytes, it is not complete. */
  #read(bytes: Buffer, at: number): number {
    const isHeaded = bytes[at] === LETTER_H
    const lineEnd =
      isHeaded || bytes[at] === LETTER_M ? findWords(bytes, at) : bytes.indexOf(LINE_FEED, at) - 1
    if (lineEnd < 0 || lineEnd + 1 >= bytes.length) {
      if (bytes.length - at > MAX_LINE_BYTES) throw new Error('NATS sent a line that is too long')
      return bytes.length + 1
    }
    const start = lineEnd + 2
    if (!isHeaded && bytes[at] !== LETTER_M) {
      this.#library.parse(bytes.subarray(at, start))
      return start
    }
    return this.#readMessage(bytes, at, start, isHeaded ? 2 : 1)
  }

  /** Reads the message whose payload, or header, begins at `start`, and whose line ends with this many sizes. */
  #readMessage(bytes: Buffer, at: number, start: number, sizes: number): number {
    const both = numberOf(bytes, count - 1)
    const header = sizes === 1 ? 0 : numberOf(bytes, count - 2)
    const end = start + both
    if (!(both <= MAX_MESSAGE_BYTES && header <= both) || count < 3 + sizes)
      throw new Error('NATS sent a message without its sizes')
    if (end + 2 > bytes.length) return end + 2
    const listener = this.#listeners.get(numberOf(bytes, 2))
    if (listener === undefined) this.#library.parse(bytes.subarray(at, end + 2))
    else {
      const hasReply = count === 4 + sizes
      const [replyStart, replyEnd] = hasReply ? [starts[3], ends[3]] : [0, 0]
      listener(
        new ReceivedMessage(bytes, starts[1], ends[1], replyStart, replyEnd, start, start + header, end),
      )
    }
    return end + 2
  }
}

/** Where the words of the last line begin and end. */
const MAX_WORDS = 6
const starts = new Int32Array(MAX_WORDS)
const ends = new Int32Array(MAX_WORDS)
let count = 0

/** Finds the words of the line that begins at `at`. Returns the end of the line; -1 if there is none. */
function findWords(bytes: Buffer, at: number): number {
  count = 0
  let start = at
  for (let next = at; next < bytes.length; next++) {
    const byte = bytes[next]
    if (byte > SPACE) continue
    if (next > start && count < MAX_WORDS) {
      starts[count] = start
      ends[count++] = next
    }
    start = next + 1
    if (byte === CARRIAGE_RETURN) return next
  }
  return -1
}

/** Returns the number that is a word of the last line; NaN if it is none. */
function numberOf(bytes: Buffer, word: number): number {
  let value = 0
  for (let at = starts[word]; at < ends[word]; at++) {
    const digit = bytes[at] - ZERO
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

/** Far more than the list of all servers of a cluster, which is the longest line. */
const MAX_LINE_BYTES = 1024 * 1024
/** The most that a server can be set to. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024
const LETTER_H = 0x48
const LETTER_M = 0x4d
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
const ZERO = 0x30
