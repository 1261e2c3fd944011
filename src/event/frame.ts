/**
 * The frame: one event as bytes, the same from the publisher to the log and to every subscriber.
 *
 *   offset  size  field
 *        0     4  length of everything after it       u32, little-endian throughout
 *        4     1  op = 1
 *        5     1  flags: 1 redelivered, 2 made for this subscriber and not in the log
 *        6     2  tagLength
 *        8     8  seq    (from a publisher: the producer's own counter)
 *       16     8  time   µs since the epoch, UTC (from a publisher: ignored)
 *       24     4  kind
 *       28     2  sourceLength
 *       30     2  attributesLength
 *       32        source · attributes · tag · 0A 0A · body
 *
 * The functions take the bytes and the offset of the frame in them, and allocate nothing.
 */

export const HEADER_BYTES = 32
export const EVENT_OP = 1
export const SEPARATOR_BYTES = 2
/** The longest tag that a frame can hold. Salt has tags that are almost as long. */
export const MAX_TAG_BYTES = 65_000
export const MAX_SOURCE_BYTES = 255
export const MAX_ATTRIBUTES_BYTES = 8 * 1024
/** The depth that every reader can decode. Salt allows that many levels. */
export const MAX_BODY_DEPTH = 512
export const DEFAULT_MAX_FRAME_BYTES = 16 * 1024 * 1024
export const MAX_FRAME_BYTES = 64 * 1024 * 1024

/** The highest number of an event: as many again are left for those that come after it. */
export const MAX_SEQ = 2 ** 52
/** The latest time of an event, µs since the epoch: in the year 2255. Later ones are no exact numbers. */
export const MAX_TIME = Number.MAX_SAFE_INTEGER

export const Flag = { redelivered: 1, synthetic: 2 } as const

const TWO_32 = 0x1_0000_0000

export function readU16(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8)
}

export function readU32(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0
}

/** Exact up to 2^53, which seq, time and counters never exceed. */
export function readU64(bytes: Uint8Array, at: number): number {
  return readU32(bytes, at + 4) * TWO_32 + readU32(bytes, at)
}

export function writeU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
}

export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
  bytes[at + 2] = value >>> 16
  bytes[at + 3] = value >>> 24
}

export function writeU64(bytes: Uint8Array, at: number, value: number): void {
  const lower = value >>> 0
  writeU32(bytes, at, lower)
  writeU32(bytes, at + 4, (value - lower) / TWO_32)
}

/**
 * Size of the whole frame in bytes, its length field included.
 *
 * @example
 * frameBytes(encodeFrame({ tag: 'a/b', body: encode(1) }), 0) // 38
 */
export function frameBytes(bytes: Uint8Array, at: number): number {
  return readU32(bytes, at) + 4
}

/**
 * The bits of `Flag` that are set.
 *
 * @example
 * frameFlags(encodeFrame({ tag: 'a/b', body: encode(1), flags: Flag.redelivered }), 0) // 1
 */
export function frameFlags(bytes: Uint8Array, at: number): number {
  return bytes[at + 5]
}

/**
 * The number of the event in the log; from a publisher, the counter of the producer.
 *
 * @example
 * frameSeq(encodeFrame({ tag: 'a/b', body: encode(1), seq: 42 }), 0) // 42
 */
export function frameSeq(bytes: Uint8Array, at: number): number {
  return readU64(bytes, at + 8)
}

/**
 * The time in µs since the epoch.
 *
 * @example
 * frameTime(encodeFrame({ tag: 'a/b', body: encode(1), time: 1_500_000 }), 0) // 1500000
 */
export function frameTime(bytes: Uint8Array, at: number): number {
  return readU64(bytes, at + 16)
}

/**
 * The numeric type of a notification, 0 for other events.
 *
 * @example
 * frameKind(encodeFrame({ tag: 'a/b', body: encode(1), kind: 4 }), 0) // 4
 */
export function frameKind(bytes: Uint8Array, at: number): number {
  return readU32(bytes, at + 24)
}

/**
 * Changes the seq in place.
 *
 * @example
 * const frame = encodeFrame({ tag: 'a/b', body: encode(1) })
 * setFrameSeq(frame, 0, 43)
 * frameSeq(frame, 0) // 43
 */
export function setFrameSeq(bytes: Uint8Array, at: number, seq: number): void {
  writeU64(bytes, at + 8, seq)
}

/**
 * Changes the time in place; µs since the epoch.
 *
 * @example
 * const frame = encodeFrame({ tag: 'a/b', body: encode(1) })
 * setFrameTime(frame, 0, 1_500_000)
 * frameTime(frame, 0) // 1500000
 */
export function setFrameTime(bytes: Uint8Array, at: number, micros: number): void {
  writeU64(bytes, at + 16, micros)
}

/**
 * Changes the flags in place.
 *
 * @example
 * const frame = encodeFrame({ tag: 'a/b', body: encode(1) })
 * setFrameFlags(frame, 0, Flag.redelivered)
 * frameFlags(frame, 0) // 1
 */
export function setFrameFlags(bytes: Uint8Array, at: number, flags: number): void {
  bytes[at + 5] = flags
}

/**
 * The offset of the source.
 *
 * @example
 * const frame = encodeFrame({ tag: 'a/b', source: 'web1', body: encode(1) })
 * decodeUtf8(frame, sourceStart(frame, 0), sourceStart(frame, 0) + sourceLength(frame, 0)) // 'web1'
 */
export function sourceStart(_bytes: Uint8Array, at: number): number {
  return at + HEADER_BYTES
}

/**
 * The bytes of the source, 0 if there is none.
 *
 * @example
 * sourceLength(encodeFrame({ tag: 'a/b', source: 'web1', body: encode(1) }), 0) // 4
 */
export function sourceLength(bytes: Uint8Array, at: number): number {
  return readU16(bytes, at + 28)
}

/**
 * The offset of the attributes, a msgpack map.
 *
 * @example
 * const frame = encodeFrame({ tag: 'a/b', attributes: encodeAttributes({ severity: 'err' }), body: encode(1) })
 * const start = attributesStart(frame, 0)
 * decode(frame, start, start + attributesLength(frame, 0)) // { severity: 'err' }
 */
export function attributesStart(bytes: Uint8Array, at: number): number {
  return at + HEADER_BYTES + sourceLength(bytes, at)
}

/**
 * The bytes of the attributes, 0 if there are none.
 *
 * @example
 * attributesLength(encodeFrame({ tag: 'a/b', body: encode(1) }), 0) // 0
 */
export function attributesLength(bytes: Uint8Array, at: number): number {
  return readU16(bytes, at + 30)
}

/**
 * The offset of the tag.
 *
 * @example
 * const frame = encodeFrame({ tag: 'a/b', body: encode(1) })
 * decodeUtf8(frame, tagStart(frame, 0), tagStart(frame, 0) + tagLength(frame, 0)) // 'a/b'
 */
export function tagStart(bytes: Uint8Array, at: number): number {
  return at + HEADER_BYTES + sourceLength(bytes, at) + attributesLength(bytes, at)
}

/**
 * The bytes of the tag.
 *
 * @example
 * tagLength(encodeFrame({ tag: 'tür/1', body: encode(1) }), 0) // 6
 */
export function tagLength(bytes: Uint8Array, at: number): number {
  return readU16(bytes, at + 6)
}

/**
 * The offset of the body, which ends with the frame.
 *
 * @example
 * const frame = encodeFrame({ tag: 'a/b', body: encode({ a: 1 }) })
 * decode(frame, bodyStart(frame, 0), frameBytes(frame, 0)) // { a: 1 }
 */
export function bodyStart(bytes: Uint8Array, at: number): number {
  return tagStart(bytes, at) + tagLength(bytes, at) + SEPARATOR_BYTES
}

export interface FrameParts {
  tag: string | Uint8Array
  /** msgpack */
  body: Uint8Array
  /** Bytes before the body, in the same memory, that nobody uses: if they suffice, the frame is written around the body. */
  room?: number
  source?: string | Uint8Array
  /** msgpack map */
  attributes?: Uint8Array
  flags?: number
  /** seq, or the producer's counter */
  seq?: number
  /** µs since the epoch */
  time?: number
  kind?: number
}

const utf8 = new TextEncoder()
const nothing = new Uint8Array(0)

function toBytes(text: string | Uint8Array | undefined): Uint8Array {
  if (text === undefined) return nothing
  return typeof text === 'string' ? utf8.encode(text) : text
}

/**
 * Encodes one frame in its own memory, or around its body. The caller must respect the limits on lengths; `checkFrame` checks the
 * result.
 *
 * @example
 * const frame = encodeFrame({ tag: 'host/web1/load', source: 'web1', body: encode({ load1: 0.5 }) })
 * new Event(frame).tag // 'host/web1/load'
 */
export function encodeFrame(parts: FrameParts): Uint8Array {
  const tag = toBytes(parts.tag)
  const source = toBytes(parts.source)
  const attributes = toBytes(parts.attributes)
  const { body } = parts
  const head = HEADER_BYTES + source.length + attributes.length + tag.length + SEPARATOR_BYTES
  const total = head + body.length
  const isAround = head <= (parts.room ?? 0)
  const frame = isAround ? new Uint8Array(body.buffer, body.byteOffset - head, total) : new Uint8Array(total)
  writeHeader(
    frame,
    0,
    total,
    parts.flags ?? 0,
    tag.length,
    parts.kind ?? 0,
    source.length,
    attributes.length,
  )
  setFrameSeq(frame, 0, parts.seq ?? 0)
  setFrameTime(frame, 0, parts.time ?? 0)
  const attributesAt = HEADER_BYTES + source.length
  const tagAt = attributesAt + attributes.length
  const separatorAt = tagAt + tag.length
  frame.set(source, HEADER_BYTES)
  frame.set(attributes, attributesAt)
  frame.set(tag, tagAt)
  frame[separatorAt] = 0x0a
  frame[separatorAt + 1] = 0x0a
  if (!isAround) frame.set(body, head)
  return frame
}

/** Writes the header except for seq and time, which stay as they are. */
export function writeHeader(
  bytes: Uint8Array,
  at: number,
  total: number,
  flags: number,
  tagBytes: number,
  kind: number,
  sourceBytes: number,
  attributesBytes: number,
): void {
  writeU32(bytes, at, total - 4)
  bytes[at + 4] = EVENT_OP
  bytes[at + 5] = flags
  writeU16(bytes, at + 6, tagBytes)
  writeU32(bytes, at + 24, kind)
  writeU16(bytes, at + 28, sourceBytes)
  writeU16(bytes, at + 30, attributesBytes)
}
