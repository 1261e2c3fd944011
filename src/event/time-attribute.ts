import type { Attributes } from './attributes.js'

/** A map of one entry whose key is the text `time`. */
export const TIME_KEY = Uint8Array.of(0x81, 0xa4, 0x74, 0x69, 0x6d, 0x65)
/** `2026-11-21T02:54:26.500000Z`, as `formatTime` writes it. */
const TIME_LENGTH = 27
const SHORT_TEXT = 0xa0

/** Writes the attributes of an event that has only `time`, into memory that is used again. */
export class TimeAttribute {
  readonly #bytes = new Uint8Array(TIME_KEY.length + 1 + TIME_LENGTH)

  constructor() {
    this.#bytes.set(TIME_KEY)
    this.#bytes[TIME_KEY.length] = SHORT_TEXT + TIME_LENGTH
  }

  /** Returns undefined for other attributes. The bytes are valid until the next call. */
  encode(attributes: Attributes): Uint8Array | undefined {
    const { time } = attributes
    if (typeof time !== 'string' || time.length !== TIME_LENGTH) return undefined
    for (const name in attributes) if (name !== 'time') return undefined
    const bytes = this.#bytes
    for (let nth = 0; nth < TIME_LENGTH; nth++) {
      const code = time.charCodeAt(nth)
      if (code > 0x7f) return undefined
      bytes[TIME_KEY.length + 1 + nth] = code
    }
    return bytes
  }
}
