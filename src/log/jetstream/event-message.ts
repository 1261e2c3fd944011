import { ATTRIBUTE_NAME } from '../../event/attributes.js'
import {
  attributesLength,
  attributesStart,
  bodyStart,
  frameBytes,
  frameKind,
  frameSeq,
  HEADER_BYTES,
  SEPARATOR_BYTES,
  setFrameSeq,
  setFrameTime,
  sourceLength,
  sourceStart,
  tagLength,
  tagStart,
  writeHeader,
} from '../../event/frame.js'
import { decode } from '../../event/msgpack/decoder.js'
import {
  eachHeader,
  headerBlock,
  headerLine,
  percentDecode,
  percentEncode,
} from '../../storage/nats/header-block.js'
import type { FrameBatch, ProducerRange } from '../event-log.js'

/**
 * An event as a NATS message: the body is the payload, everything else is in headers, by the binary mode of the NATS
 * binding of CloudEvents. The hub's own headers begin with `tocsin-`.
 *
 *   ce-source, ce-subject   source and tag, with percent codes
 *   ce-kind                 where it is not 0
 *   ce-<name>               attributes, as text, for other programs
 *   tocsin-attributes       attributes as they are in the frame, in base64
 *   tocsin-term             the term of the primary that appended the event
 *   tocsin-producer         first and last counter, number of events and key of a producer
 *   Nats-Expected-Last-Sequence   the place before its own, so that it is stored there or nowhere
 */
const EXPECTED = 'Nats-Expected-Last-Sequence'
const TERM = 'tocsin-term'
const PRODUCER = 'tocsin-producer'
const ATTRIBUTES = 'tocsin-attributes'
const BODY_TYPE = headerLine('ce-datacontenttype', 'application/vnd.msgpack')
const VERSION = headerLine('ce-specversion', '1.0')
/** A CloudEvent needs a source. Its percent code stands for the source `-`. */
const NO_SOURCE = '-'

/** What the messages of one term have in common. */
export interface Term {
  epoch: string
  number: number
  typeOf(tag: string): string
}

export interface Message {
  header: Buffer
  payload: Buffer
}

/** What the header of an event says. The bytes of texts are characters, which have their own lengths. */
export interface EventHeader {
  tag: string
  source: string
  kind: number
  term: number
  attributes: Buffer
  producers: ProducerRange[]
}

/** Encodes the frame at `at` for the place `place`, in memory of its own. */
export function encodeMessage(
  frames: Uint8Array,
  at: number,
  place: number,
  producers: readonly ProducerRange[],
  term: Term,
): Message {
  const bytes = Buffer.from(frames.buffer, frames.byteOffset, frames.length)
  const tagAt = tagStart(bytes, at)
  const tagEnd = tagAt + tagLength(bytes, at)
  const attributes = attributeLines(bytes, at)
  const kind = frameKind(bytes, at)
  let lines =
    VERSION +
    headerLine('ce-source', sourceText(bytes, at)) +
    headerLine('ce-subject', percentEncode(bytes, tagAt, tagEnd))
  if (!attributes.names.has('id')) lines += headerLine('ce-id', `${term.epoch}-${place}`)
  if (!attributes.names.has('type'))
    lines += headerLine('ce-type', asciiOf(term.typeOf(bytes.toString('utf8', tagAt, tagEnd))))
  if (kind !== 0) lines += headerLine('ce-kind', kind)
  lines += BODY_TYPE + attributes.lines + headerLine(TERM, term.number)
  for (const { first, last, count, key } of producers)
    lines += headerLine(PRODUCER, `${first} ${last} ${count} ${asciiOf(key)}`)
  const header = headerBlock(lines + headerLine(EXPECTED, place - 1))
  const payload = Buffer.from(bytes.subarray(bodyStart(bytes, at), at + frameBytes(bytes, at)))
  return { header, payload }
}

/** Reads the header of an event; undefined if no hub has written it. */
export function decodeHeader(block: string): EventHeader | undefined {
  const header: EventHeader = { tag: '', source: '', kind: 0, term: 0, attributes: none, producers: [] }
  eachHeader(block, (name, value) => {
    if (name === 'ce-subject') header.tag = percentDecode(value)
    else if (name === 'ce-source') header.source = value === NO_SOURCE ? '' : percentDecode(value)
    else if (name === TERM) header.term = Number(value)
    else if (name === PRODUCER) header.producers.push(producerOf(value))
    else if (name === 'ce-kind') header.kind = Number(value)
    else if (name === ATTRIBUTES) header.attributes = Buffer.from(value, 'base64')
  })
  return header.tag === '' || header.term === 0 ? undefined : header
}

/** Size of the frame of a message in bytes. */
export function messageFrameBytes({ tag, source, attributes }: EventHeader, payload: Uint8Array): number {
  return HEADER_BYTES + source.length + attributes.length + tag.length + SEPARATOR_BYTES + payload.length
}

/** Writes the frame of a message at `at`. */
export function writeMessageFrame(
  bytes: Buffer,
  at: number,
  header: EventHeader,
  payload: Uint8Array,
  seq: number,
  time: number,
): void {
  const { tag, source, attributes, kind } = header
  const total = messageFrameBytes(header, payload)
  writeHeader(bytes, at, total, 0, tag.length, kind, source.length, attributes.length)
  setFrameSeq(bytes, at, seq)
  setFrameTime(bytes, at, time)
  bytes.write(source, at + HEADER_BYTES, 'latin1')
  bytes.set(attributes, at + HEADER_BYTES + source.length)
  const separator = tagStart(bytes, at) + tag.length
  bytes.write(tag, separator - tag.length, 'latin1')
  bytes[separator] = LINE_FEED
  bytes[separator + 1] = LINE_FEED
  bytes.set(payload, separator + SEPARATOR_BYTES)
}

/**
 * Returns the counters that each frame of the batch carries. Where the frames have counters of their own, each carries
 * its own, so that a batch of which only a part was stored is repeated exactly from there.
 */
export function producersOfFrames({ bytes, count, producers }: FrameBatch): (readonly ProducerRange[])[] {
  const lists: (readonly ProducerRange[])[] = Array.from({ length: count }, () => [])
  if (producers === undefined || count === 0) return lists
  const counters = count > 1 && producers.length === 1 ? countersOf(bytes, producers[0]) : undefined
  if (counters === undefined) return lists.with(-1, producers)
  const { key } = producers[0]
  return counters.map((counter) => [{ key, first: counter, last: counter, count: 1 }])
}

/** Returns the tag of a frame, its bytes as characters. */
export function tagOfFrame(frames: Uint8Array, at: number): string {
  const start = tagStart(frames, at)
  return Buffer.from(frames.buffer, frames.byteOffset, frames.length).toString(
    'latin1',
    start,
    start + tagLength(frames, at),
  )
}

function countersOf(frames: Uint8Array, { first, last }: ProducerRange): number[] | undefined {
  const counters: number[] = []
  for (let at = 0; at < frames.length; at += frameBytes(frames, at)) counters.push(frameSeq(frames, at))
  const rising = counters.every((counter, at) => at === 0 || counter > counters[at - 1])
  return rising && counters[0] === first && counters.at(-1) === last ? counters : undefined
}

function sourceText(bytes: Buffer, at: number): string {
  const start = sourceStart(bytes, at)
  const text = percentEncode(bytes, start, start + sourceLength(bytes, at))
  if (text === '') return NO_SOURCE
  return text === NO_SOURCE ? '%2D' : text
}

/** The lines of the attributes, and the names that they take from the hub. */
function attributeLines(bytes: Buffer, at: number): { lines: string; names: ReadonlySet<string> } {
  const length = attributesLength(bytes, at)
  if (length === 0) return withoutAttributes
  const start = attributesStart(bytes, at)
  const raw = bytes.subarray(start, start + length)
  const attributes = Object.entries(decode(raw) as Record<string, unknown>).filter(
    ([name]) => ATTRIBUTE_NAME.test(name) && !GIVEN.has(name),
  )
  // The media type of the payload is that of msgpack; an exported event says its own in the same way.
  const lines = attributes.map(([name, value]) =>
    headerLine(`ce-${name === 'datacontenttype' ? 'typeofcontent' : name}`, asciiOf(String(value))),
  )
  return {
    lines: lines.join('') + headerLine(ATTRIBUTES, raw.toString('base64')),
    names: new Set(attributes.map(([name]) => name)),
  }
}

function producerOf(value: string): ProducerRange {
  const [first, last, count, key] = value.split(' ')
  return {
    key: Buffer.from(percentDecode(key ?? ''), 'latin1').toString(),
    first: Number(first),
    last: Number(last),
    count: Number(count),
  }
}

function asciiOf(text: string): string {
  return percentEncode(Buffer.from(text))
}

const none = Buffer.alloc(0)
const withoutAttributes = { lines: '', names: new Set<string>() }
/** Attributes that another line has, or that only the message itself says. */
const GIVEN = new Set(['specversion', 'source', 'subject', 'kind', 'typeofcontent'])
const LINE_FEED = 0x0a
