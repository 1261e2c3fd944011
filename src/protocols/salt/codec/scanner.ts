import { TocsinError } from '../../../errors/tocsin-error.js'
import { MAX_BODY_DEPTH } from '../../../event/frame.js'
import { readLength } from '../../../event/msgpack/walk.js'

/**
 * Finds the end of a msgpack value that arrives in pieces. It resumes where it stopped, so that every byte is examined
 * once, however the value is divided.
 */
export class ValueScanner {
  /** Number of bytes, from the start of the value, that certainly belong to it. */
  #at = 0
  #depth = 0
  #left = 1
  /** Number of values that each open container still lacks. */
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
   * Scans the value that begins at `start`, of which the bytes up to `end` have arrived. Returns true if it is complete;
   * `reached` is its length then. Throws TCN_FRAME_TOO_LARGE, TCN_BODY_INVALID or TCN_BODY_DEPTH.
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

  /** Reads one head and skips the bytes that it announces; false if the head is incomplete. */
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
    // Every value has at least one byte.
    if (children > largest - this.#at) throw tooLarge(this.#at + children, largest)
    if (this.#depth === MAX_BODY_DEPTH) throw new TocsinError('TCN_BODY_DEPTH')
    this.#open[this.#depth++] = this.#left
    this.#left = children
  }
}

/** For each lead byte from C0: number of bytes of the length field after it. */
const WIDTHS = Uint8Array.of(
  ...[0, 0, 0, 0, 1, 2, 4, 1, 2, 4, 0, 0, 0, 0, 0, 0],
  ...[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4],
)

/** For each lead byte from C0 without a length field: number of bytes after it; -1 if it is not defined. */
const FIXED = Int8Array.of(
  ...[0, -1, 0, 0, 0, 0, 0, 0, 0, 0, 4, 8, 1, 2, 4, 8],
  ...[1, 2, 4, 8, 2, 3, 5, 9, 17, 0, 0, 0, 0, 0, 0, 0],
)

/** Number of bytes or entries that the lead byte itself announces. */
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

/** The length of an ext value does not include the byte of its type. */
function isLongExt(lead: number): boolean {
  return lead >= 0xc7 && lead <= 0xc9
}

function childrenOf(lead: number, size: number): number {
  if (!isContainer(lead)) return 0
  return lead < 0x90 || lead >= 0xde ? size * 2 : size
}

function tooLarge(bytes: number, limit: number): TocsinError {
  return new TocsinError(
    'TCN_FRAME_TOO_LARGE',
    `the frame has ${bytes} bytes or more; ${limit} are allowed`,
    {
      details: { bytes, limit },
    },
  )
}
