export type { ErrorEntry } from '../errors/catalogue.js'
export {
  catalogue,
  type ErrorCode,
  TocsinError,
  type TocsinErrorOptions,
  toTocsinError,
} from '../errors/tocsin-error.js'
export { type Attributes, encodeAttributes } from './attributes.js'
export { decodeBase64, encodeBase64 } from './base64.js'
export { checkFrame, DEFAULT_LIMITS, type FrameLimits, type FrameSender, WIDEST_LIMITS } from './check.js'
export {
  type CloudEvent,
  type CloudEventParts,
  type CloudEventView,
  fromCloudEvent,
  toCloudEvent,
  toExportedCloudEvent,
} from './cloudevents.js'
export { type Cursor, formatCursor, isCursor, parseCursor } from './cursor.js'
export { Event, iterateFrames } from './event.js'
export {
  attributesLength,
  attributesStart,
  bodyStart,
  DEFAULT_MAX_FRAME_BYTES,
  EVENT_OP,
  encodeFrame,
  Flag,
  type FrameParts,
  frameBytes,
  frameFlags,
  frameKind,
  frameSeq,
  frameTime,
  HEADER_BYTES,
  MAX_ATTRIBUTES_BYTES,
  MAX_BODY_DEPTH,
  MAX_FRAME_BYTES,
  MAX_SOURCE_BYTES,
  MAX_TAG_BYTES,
  SEPARATOR_BYTES,
  setFrameFlags,
  setFrameSeq,
  setFrameTime,
  sourceLength,
  sourceStart,
  tagLength,
  tagStart,
} from './frame.js'
export {
  FrameWriter,
  type FrameWriterOptions,
  type WriteOptions,
  type WrittenFrames,
} from './frame-writer.js'
export { type Json, jsonView } from './json/view.js'
export { decode } from './msgpack/decoder.js'
export { Encoder, encode, SPARE_BYTES } from './msgpack/encoder.js'
export {
  bytesAt,
  compilePath,
  find,
  kindAt,
  numberAt,
  type PathStep,
  type Scalar,
  scalarAt,
  textLength,
  textStart,
  type ValueKind,
} from './msgpack/find.js'
export { Ext, SaltConstant, Timestamp } from './msgpack/values.js'
export { checkValue, walkValue } from './msgpack/walk.js'
export {
  type EventName,
  formatTime,
  type Moment,
  microsOf,
  POSITIONS,
  type Position,
  parseEventName,
  parsePosition,
  parseTime,
  withoutZone,
} from './position.js'
export type { Cancel, Runtime } from './runtime.js'
export { type RecordSink, RecordSplitter } from './splitter.js'
export { tagSegment } from './tag.js'
export { decodeUtf8, isUtf8 } from './utf8.js'
export { localZone, namedZone, utcZone, type Zone } from './zone.js'
