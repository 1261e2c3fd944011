import { TocsinError } from '../../../event/errors.js'
import { MAX_BODY_DEPTH } from '../../../event/frame.js'
import { readLength } from '../../../event/msgpack/walk.js'

/**
 * Finds where a msgpack value ends that arrives in pieces: goes on where it stopped, so that every byte is looked
 * at once however the value is cut.
 */
export class ValueScanner {
  /** Offset from the start of the value up to which it is known; the value has at least so many bytes. */
  #at = 0
  #depth = 0
  #left = 1
  /** Values still to come in each container that is open. */
  readonly #open: number[] = []

  get reached(): number {
    return this.#at
  }

  restart(): void {
    this.#at = 0
    this.#depth = 0
    this.#left = 1
  }

  /**
   * The value begins at `start`, and what is there of it ends at `end`. True when all of it is there: `reached` is
   * its length then. Throws TCN_FRAME_TOO_LARGE, TCN_BODY_INVALID or TCN_BODY_DEPTH.
   */
  scan(bytes: Uint8Array, start: number, end: number, largest: number): boolean {
    for (;;) {
      while (this.#left === 0) {
        if (this.#depth === 0) return start + this.#at <= end
        this.#left = this.#open[--this.#depth]
      }
      if (this.#at > largest) throw tooLarge(this.#at, largest)
      if (start + this.#at >= end || !this.#step(bytes, start + this.#at, end, largest)) return false
    }
  }

  /** Takes one head, and passes over what it announces; false when the head is cut off. */
  #step(bytes: Uint8Array, at: number, end: number, largest: number): boolean {
    const lead = bytes[at]
    const wide = lead < 0xc0 || lead >= 0xe0 ? 0 : WIDTHS[lead - 0xc0]
    if (at + 1 + wide > end) return false
    const size = wide > 0 ? readLength(bytes, at + 1, wide) : fixedSize(lead)
    this.#at += 1 + wide
    this.#left--
    const children = childrenOf(lead, size)
    if (children > 0) this.#enter(children, largest)
    else if (!isContainer(lead)) this.#at += isLongExt(lead) ? size + 1 : size
    if (this.#at > largest) throw tooLarge(this.#at, largest)
    return true
  }

  #enter(children: number, largest: number): void {
    // Every value takes a byte at least.
    if (children > largest - this.#at) throw tooLarge(this.#at + children, largest)
    if (this.#depth === MAX_BODY_DEPTH) throw new TocsinError('TCN_BODY_DEPTH')
    this.#open[this.#depth++] = this.#left
    this.#left = children
  }
}

/** By lead byte from C0: bytes of the length that follows it. */
const WIDTHS = Uint8Array.of(
  ...[0, 0, 0, 0, 1, 2, 4, 1, 2, 4, 0, 0, 0, 0, 0, 0],
  ...[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4],
)

/** By lead byte from C0, without a length: bytes that follow it; -1 where nothing is defined. */
const FIXED = Int8Array.of(
  ...[0, -1, 0, 0, 0, 0, 0, 0, 0, 0, 4, 8, 1, 2, 4, 8],
  ...[1, 2, 4, 8, 2, 3, 5, 9, 17, 0, 0, 0, 0, 0, 0, 0],
)

/** Bytes or entries that the lead byte itself announces. */
function fixedSize(lead: number): number {
  if (lead < 0x80 || lead >= 0xe0) return 0
  if (lead < 0xa0) return lead & 0x0f
  if (lead < 0xc0) return lead & 0x1f
  const size = FIXED[lead - 0xc0]
  if (size < 0) throw new TocsinError('TCN_BODY_INVALID')
  return size
}

function isContainer(lead: number): boolean {
  return (lead >= 0x80 && lead < 0xa0) || (lead >= 0xdc && lead <= 0xdf)
}

/** The byte of an ext type is not counted in its length. */
function isLongExt(lead: number): boolean {
  return lead >= 0xc7 && lead <= 0xc9
}

function childrenOf(lead: number, size: number): number {
  if (!isContainer(lead)) return 0
  return lead < 0x90 || lead >= 0xde ? size * 2 : size
}

function tooLarge(bytes: number, limit: number): TocsinError {
  return new TocsinError('TCN_FRAME_TOO_LARGE', `a frame of ${bytes} bytes or more; ${limit} are allowed`, {
    details: { bytes, limit },
  })
}
