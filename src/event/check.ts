import type { ErrorCode } from '../errors/catalogue.js'
import {
  DEFAULT_MAX_FRAME_BYTES,
  EVENT_OP,
  Flag,
  HEADER_BYTES,
  MAX_ATTRIBUTES_BYTES,
  MAX_BODY_DEPTH,
  MAX_FRAME_BYTES,
  MAX_SOURCE_BYTES,
  MAX_TAG_BYTES,
  readU16,
  readU32,
  SEPARATOR_BYTES,
} from './frame.js'
import type { WalkedBody } from './frame-walk.js'
import { checkValue, readLength } from './msgpack/walk.js'
import { isUtf8 } from './utf8.js'

/** The sender of a frame. Only the hub may set flags. */
export type FrameSender = 'publisher' | 'hub'

/** The limits on the frames of one sender. */
export interface FrameLimits {
  /** Bytes of the frame, its length field included. */
  readonly frame: number
  /** Bytes of the tag. */
  readonly tag: number
  /** Levels of the body. */
  readonly depth: number
  /**
   * True if the tag may have control characters. Two line feeds in a row separate tag and body, and are never part of
   * it.
   */
  readonly controls: boolean
}

/** The limits on frames of publishers, unless the configuration has others. */
export const DEFAULT_LIMITS: FrameLimits = {
  frame: DEFAULT_MAX_FRAME_BYTES,
  tag: 1024,
  depth: 64,
  controls: false,
}

/** All that a frame can hold. Salt's buses carry all of it. */
export const WIDEST_LIMITS: FrameLimits = {
  frame: MAX_FRAME_BYTES,
  tag: MAX_TAG_BYTES,
  depth: MAX_BODY_DEPTH,
  controls: true,
}

/**
 * The fault of the frame at offset `at`; undefined if it is valid. The frame may lie in the bytes up to `end`.
 * Allocates nothing. The body is not walked again if it was `walked` before.
 *
 * @example
 * const frame = encodeFrame({ tag: 'host/web1/load', body: encode(0.5) })
 * checkFrame(frame, 0, frame.length, DEFAULT_LIMITS) // undefined
 * checkFrame(frame, 0, 40, DEFAULT_LIMITS) // 'TCN_FRAME_LENGTH'
 */
export function checkFrame(
  bytes: Uint8Array,
  at: number,
  end: number,
  limits: FrameLimits,
  sender: FrameSender = 'publisher',
  walked?: WalkedBody,
): ErrorCode | undefined {
  if (end - at < 4) return 'TCN_FRAME_LENGTH'
  const total = readU32(bytes, at) + 4
  if (total > limits.frame) return 'TCN_FRAME_TOO_LARGE'
  if (total > end - at || total < HEADER_BYTES) return 'TCN_FRAME_LENGTH'
  if (bytes[at + 4] !== EVENT_OP) return 'TCN_PROTOCOL_OP'
  const flags = bytes[at + 5]
  if (flags !== 0 && (sender === 'publisher' || (flags & ~KNOWN_FLAGS) !== 0)) return 'TCN_FRAME_FLAGS'
  if (readU32(bytes, at + 12) > MAX_UPPER_HALF) return 'TCN_BUS_COUNTER'

  const tagBytes = readU16(bytes, at + 6)
  const sourceBytes = readU16(bytes, at + 28)
  const attributesBytes = readU16(bytes, at + 30)
  if (tagBytes === 0) return 'TCN_TAG_EMPTY'
  if (tagBytes > limits.tag) return 'TCN_TAG_TOO_LONG'
  if (sourceBytes > MAX_SOURCE_BYTES) return 'TCN_ORIGIN_TOO_LONG'
  if (attributesBytes > MAX_ATTRIBUTES_BYTES) return 'TCN_ATTRIBUTES_TOO_LARGE'

  const attributes = at + HEADER_BYTES + sourceBytes
  const tag = attributes + attributesBytes
  const separator = tag + tagBytes
  const body = separator + SEPARATOR_BYTES
  const stop = at + total
  if (body > stop) return 'TCN_FRAME_LENGTH'
  if (!isUtf8(bytes, at + HEADER_BYTES, attributes)) return 'TCN_ORIGIN_UTF8'
  if (attributesBytes > 0 && !areAttributes(bytes, attributes, tag)) return 'TCN_ATTRIBUTES_INVALID'
  if (!isPlain(bytes, tag, separator)) {
    if (limits.controls ? hasSeparator(bytes, tag, separator) : hasControl(bytes, tag, separator))
      return 'TCN_TAG_CONTROL'
    if (!isUtf8(bytes, tag, separator)) return 'TCN_TAG_UTF8'
  }
  if (bytes[separator] !== LINE_FEED || bytes[separator + 1] !== LINE_FEED) return 'TCN_FRAME_SEPARATOR'
  if (walked === undefined) return checkValue(bytes, body, stop, limits.depth)
  return walked.fault ?? (walked.depth > limits.depth ? 'TCN_BODY_DEPTH' : undefined)
}

const KNOWN_FLAGS = Flag.redelivered | Flag.synthetic
const LINE_FEED = 0x0a
/** The upper half of the largest seq or counter, 2^53 - 1. */
const MAX_UPPER_HALF = 0x1f_ffff

/** Returns whether the tag is printable ASCII, as nearly every tag is. */
function isPlain(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] - 0x20) >>> 0 >= 0x5f) return false
  return true
}

function hasControl(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] < 0x20 || bytes[at] === 0x7f) return true
  return false
}

/** Returns whether a reader that looks for the separator would find it within the tag. */
function hasSeparator(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === LINE_FEED && bytes[at + 1] === LINE_FEED) return true
  return false
}

/** Returns whether the range is a msgpack map from text to text, integers or booleans, with nothing after it. */
function areAttributes(bytes: Uint8Array, start: number, end: number): boolean {
  const lead = bytes[start]
  const wide = lead === 0xde ? 2 : lead === 0xdf ? 4 : 0
  if (wide === 0 && lead >> 4 !== 0x8) return false
  let at = start + 1 + wide
  if (at > end) return false
  let entries = wide === 0 ? lead & 0x0f : readLength(bytes, start + 1, wide)
  while (entries-- > 0) {
    at = textEnd(bytes, at, end)
    if (at < 0) return false
    at = plainValueEnd(bytes, at, end)
    if (at < 0) return false
  }
  return at === end
}

function plainValueEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1
  const lead = bytes[at]
  if (lead < 0x80 || lead >= 0xe0 || lead === 0xc2 || lead === 0xc3) return at + 1
  if (lead >= 0xcc && lead <= 0xd3) {
    const stop = at + 1 + (1 << (lead & 3))
    return stop <= end ? stop : -1
  }
  return textEnd(bytes, at, end)
}

function textEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1
  const lead = bytes[at]
  let wide = 0
  if (lead >= 0xd9 && lead <= 0xdb) wide = 1 << (lead - 0xd9)
  else if (lead >> 5 !== 0b101) return -1
  const text = at + 1 + wide
  if (text > end) return -1
  const stop = text + (wide === 0 ? lead & 0x1f : readLength(bytes, at + 1, wide))
  return stop <= end && isUtf8(bytes, text, stop) ? stop : -1
}
