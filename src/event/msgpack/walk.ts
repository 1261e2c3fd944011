import type { ErrorCode } from '../../errors/catalogue.js'
import { MAX_BODY_DEPTH } from '../frame.js'

/**
 * Walks through a msgpack value without allocating. Every value that arrives is walked once, so that later
 * readers (decode, find, the scalar readers) can trust its lengths.
 */

/**
 * The offset after the value at `at`, or one of the faults below (negative). Containers nest at most `most` levels
 * deep, and never more than MAX_BODY_DEPTH.
 *
 * @example
 * walkValue(encode({ a: 1 }), 0, 4) // 4
 * walkValue(Uint8Array.of(0x81), 0, 1) // -1
 */
export function walkValue(bytes: Uint8Array, at: number, end: number, most = MAX_BODY_DEPTH): number {
  let depth = 0
  let left = 1
  for (;;) {
    while (left === 0) {
      if (depth === 0) return at > end ? BROKEN : at
      left = open[--depth]
    }
    left--
    if (at >= end) return BROKEN
    const lead = bytes[at++]
    if (lead >> 5 === 0b101) {
      at += lead & 0x1f
      continue
    }
    if (lead < 0x80 || lead >= 0xe0) continue
    let count: number
    if (lead < 0x90) count = (lead & 0x0f) << 1
    else if (lead < 0xa0) count = lead & 0x0f
    else {
      const fixed = SIZES[lead - 0xc0]
      if (fixed >= 0) {
        at += fixed
        continue
      }
      const wide = WIDTHS[lead - 0xc0]
      if (wide === 0 || at + wide > end) return BROKEN
      const size = readLength(bytes, at, wide)
      at += wide
      if (lead < 0xdc) {
        // The length of an ext does not count its type byte.
        at += lead >= 0xc7 && lead <= 0xc9 ? size + 1 : size
        if (at > end) return BROKEN
        continue
      }
      count = lead >= 0xde ? size * 2 : size
    }
    // Every value takes at least one byte, so an impossible count is found here.
    if (count > end - at) return BROKEN
    if (depth === most) return TOO_DEEP
    open[depth++] = left
    left = count
  }
}

const BROKEN = -1
const TOO_DEEP = -2

/**
 * The fault of a range that must hold exactly one value; undefined if it is valid.
 *
 * @example
 * checkValue(encode({ a: 1 }), 0, 4) // undefined
 * checkValue(Uint8Array.of(0x81), 0, 1) // 'TCN_BODY_INVALID'
 */
export function checkValue(
  bytes: Uint8Array,
  start: number,
  end: number,
  most = MAX_BODY_DEPTH,
): ErrorCode | undefined {
  const stop = walkValue(bytes, start, end, most)
  if (stop === end) return undefined
  if (stop === TOO_DEEP) return 'TCN_BODY_DEPTH'
  return stop === BROKEN ? 'TCN_BODY_INVALID' : 'TCN_BODY_TRAILING'
}

/**
 * Returns whether a sound value consists of more values than `most`, itself included. Stops as soon as it is known.
 */
export function hasMoreValues(bytes: Uint8Array, start: number, end: number, most: number): boolean {
  // Every value takes at least one byte.
  if (end - start <= most) return false
  let count = 0
  for (let at = start; at < end; at = afterHead(bytes, at)) if (++count > most) return true
  return false
}

/** The offset of the next value, which is the first inside if this one is a container. */
export function afterHead(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]
  if (lead >> 5 === 0b101) return at + 1 + (lead & 0x1f)
  if (lead < 0xc0 || lead >= 0xe0) return at + 1
  const fixed = SIZES[lead - 0xc0]
  if (fixed >= 0) return at + 1 + fixed
  const wide = WIDTHS[lead - 0xc0]
  if (lead >= 0xdc) return at + 1 + wide
  const isExt = lead >= 0xc7 && lead <= 0xc9
  return at + 1 + wide + readLength(bytes, at + 1, wide) + Number(isExt)
}

/** The number of values still to come in each open container. Two walks never use it at the same time. */
const open = new Float64Array(MAX_BODY_DEPTH)

/**
 * For each lead byte from C0 on: the number of bytes that follow, or -1 if a length gives it or the byte is
 * undefined.
 */
export const SIZES = Int8Array.of(
  ...[0, -1, 0, 0, -1, -1, -1, -1, -1, -1, 4, 8, 1, 2, 4, 8],
  ...[1, 2, 4, 8, 2, 3, 5, 9, 17, -1, -1, -1, -1, -1, -1, -1],
)

/** For each lead byte from C0 on: the size of the length that follows. */
export const WIDTHS = Uint8Array.of(
  ...[0, 0, 0, 0, 1, 2, 4, 1, 2, 4, 0, 0, 0, 0, 0, 0],
  ...[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4],
)

export function readLength(bytes: Uint8Array, at: number, wide: number): number {
  if (wide === 1) return bytes[at]
  if (wide === 2) return (bytes[at] << 8) | bytes[at + 1]
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0
}
