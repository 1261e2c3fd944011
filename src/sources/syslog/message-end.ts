const NUL = 0x00
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

/** Bytes of an end that are kept behind the longest message, to tell them from a part of it. */
export const LONGEST_END = 8

interface EndedMessage {
  /** The message, or its beginning if it is too long. */
  bytes: Buffer
  /** Length of the whole message in bytes. */
  length: number
}

/**
 * Senders end a message with nothing, a line feed, a carriage return and a line feed, or a null byte, also where its
 * length is known: none of these is a part of it. A message that is too long is cut.
 */
export function withoutEnd({ bytes, length: whole }: EndedMessage, maxMessage: number): EndedMessage {
  let length = whole
  if (whole === bytes.length) while (length > 0 && endsMessage(bytes[length - 1])) length--
  return { bytes: bytes.subarray(0, Math.min(length, maxMessage)), length }
}

export function endsMessage(byte: number): boolean {
  return byte === LINE_FEED || byte === NUL || byte === CARRIAGE_RETURN
}

/**
 * Finds the next line feed or null byte in a chunk whose beginning is taken away message by message. Looks at each byte
 * once, since all messages of a chunk may end with the other of the two.
 */
export class MessageEnds {
  readonly #lineFeed = new NextByte(LINE_FEED)
  readonly #nul = new NextByte(NUL)

  /** Call it when the chunk is another one. */
  restart(): void {
    this.#lineFeed.restart()
    this.#nul.restart()
  }

  /** Returns the length of the message at the beginning of the rest of the chunk; -1 if its end has not arrived. */
  next(rest: Buffer): number {
    const lineFeed = this.#lineFeed.find(rest)
    const nul = this.#nul.find(rest)
    return nul === -1 || (lineFeed !== -1 && lineFeed < nul) ? lineFeed : nul
  }
}

class NextByte {
  readonly #byte: number
  /** Length of the rest from the byte on, which stays the same; 0 if there is none; undefined if that is not known. */
  #left: number | undefined

  constructor(byte: number) {
    this.#byte = byte
  }

  restart(): void {
    this.#left = undefined
  }

  find(rest: Buffer): number {
    if (this.#left === undefined || this.#left > rest.length) {
      const at = rest.indexOf(this.#byte)
      this.#left = at === -1 ? 0 : rest.length - at
    }
    return this.#left === 0 ? -1 : rest.length - this.#left
  }
}
