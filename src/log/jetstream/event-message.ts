import type { ErrorCode } from '../../errors/catalogue.js'
import { ATTRIBUTE_NAME } from '../../event/attributes.js'
import {
  attributesLength,
  attributesStart,
  frameBytes,
  frameKind,
  frameSeq,
  sourceLength,
  sourceStart,
  tagLength,
  tagStart,
} from '../../event/frame.js'
import { decode } from '../../event/msgpack/decoder.js'
import type { TypeOfBytes } from '../../filter/matcher.js'
import { eachHeader, headerLine, percentDecode, percentText } from '../../storage/nats/header-block.js'
import type { FrameBatch, ProducerRange } from '../event-log.js'
import type { RefusedSpan } from '../refused-spans.js'
import type { Subjects } from './subjects.js'

/**
 * An event as a NATS message: the body is the payload, everything else is in headers, by the binary mode of the NATS
 * binding of CloudEvents. The hub's own headers begin with `tocsin-`.
 *
 *   ce-source, ce-subject   source and tag, with percent codes
 *   ce-kind                 where it is not 0
 *   ce-<name>               attributes, as text, for other programs
 *   tocsin-attributes       attributes as they are in the frame, in base64
 *   tocsin-term             the term of the primary that appended the event
 *   tocsin-copied           epoch, seq and time in the log that the event was copied from
 *   tocsin-producer         first and last counter, number of events and key of a producer
 *   tocsin-refused          of the producer before: the counter up to which this is not known, then first and last counter
 *                           and code of each span that was refused
 *   Nats-Expected-Last-Sequence   the place before its own, so that it is stored there or nowhere
 */
const EXPECTED = 'Nats-Expected-Last-Sequence'
const TERM = 'tocsin-term'
const PRODUCER = 'tocsin-producer'
const REFUSED = 'tocsin-refused'
const ATTRIBUTES = 'tocsin-attributes'
const BODY_TYPE = headerLine('ce-datacontenttype', 'application/vnd.msgpack')
const START = `NATS/1.0\r\n${headerLine('ce-specversion', '1.0')}`
/** A CloudEvent needs a source. Its percent code stands for the source `-`. */
export const NO_SOURCE = '-'

/** The values that the messages of one term share. */
export interface Term {
  epoch: string
  number: number
  texts: MessageTexts
  typeOf(tag: string): string
  /** The same for a tag in UTF-8. */
  typeOfBytes?: TypeOfBytes
  /** Further lines of the header, each with its end. */
  lines?: string
}

/** The values in the header of an event. The bytes of texts are characters, which have their own lengths. */
export interface EventHeader {
  tag: string
  source: string
  kind: number
  term: number
  attributes: Buffer
  producers: ProducerRange[]
}

/** Texts of tags and sources that were used lately, which are often used again. */
export class MessageTexts {
  readonly #subjects: Subjects
  readonly #tags = new Map<string, TagTexts>()
  readonly #sources = new Map<string, string>()

  constructor(subjects: Subjects) {
    this.#subjects = subjects
  }

  /** The beginning of all subjects. */
  get subjectStart(): string {
    return this.#subjects.start
  }

  ofTag(tag: string): TagTexts {
    let texts = this.#tags.get(tag)
    if (texts === undefined) {
      texts = { subject: this.#subjects.of(tag), line: headerLine('ce-subject', percentText(tag)) }
      remember(this.#tags, tag, texts)
    }
    return texts
  }

  /** The line of a source, whose bytes are the characters of the text. */
  ofSource(source: string): string {
    let line = this.#sources.get(source)
    if (line === undefined) {
      line = headerLine('ce-source', sourceText(source))
      remember(this.#sources, source, line)
    }
    return line
  }
}

interface TagTexts {
  subject: string
  line: string
}

/** Parts of a header that are the same in many. */
export const headerParts = {
  start: START,
  producer: `${PRODUCER}: `,
  expected: `${EXPECTED}: `,
  /** The lines after the id, of an event without kind and attributes. */
  afterId: (type: string, term: number): string =>
    `\r\nce-type: ${asciiOf(type)}\r\n${BODY_TYPE}${TERM}: ${term}\r\n`,
}

/** Returns the header block of the frame at `at` for the place `place`, and the subject of the message. */
export function headerOf(
  bytes: Buffer,
  at: number,
  place: number,
  producers: string,
  term: Term,
): { subject: string; header: string } {
  const tagAt = tagStart(bytes, at)
  const tag = bytes.toString('latin1', tagAt, tagAt + tagLength(bytes, at))
  const sourceAt = sourceStart(bytes, at)
  const { subject, line } = term.texts.ofTag(tag)
  const attributes = attributeLines(bytes, at)
  const kind = frameKind(bytes, at)
  const id = attributes.names.has('id') ? '' : `ce-id: ${term.epoch}-${place}\r\n`
  const type = attributes.names.has('type') ? '' : `ce-type: ${typeText(tag, term)}\r\n`
  const header =
    START +
    term.texts.ofSource(bytes.toString('latin1', sourceAt, sourceAt + sourceLength(bytes, at))) +
    line +
    id +
    type +
    (kind === 0 ? '' : headerLine('ce-kind', kind)) +
    BODY_TYPE +
    attributes.lines +
    `${TERM}: ${term.number}\r\n${producers}${term.lines ?? ''}${EXPECTED}: ${place - 1}\r\n\r\n`
  return { subject, header }
}

/** Returns the lines that say what a producer is to be known by. */
export function producerLines(producers: readonly ProducerRange[]): string {
  let lines = ''
  for (const { first, last, count, key, refused, forgotten = 0 } of producers) {
    lines += headerLine(PRODUCER, `${first} ${last} ${count} ${asciiOf(key)}`)
    if (refused === undefined && forgotten === 0) continue
    const spans = (refused ?? []).map((span) => ` ${span.first} ${span.last} ${span.code}`)
    lines += headerLine(REFUSED, `${forgotten}${spans.join('')}`)
  }
  return lines
}

/** Reads the header of an event; undefined if no hub has written it. */
export function decodeHeader(block: string): EventHeader | undefined {
  let isSound = true
  const header: EventHeader = { tag: '', source: '', kind: 0, term: 0, attributes: none, producers: [] }
  eachHeader(block, (name, value) => {
    if (name === 'ce-subject') header.tag = percentDecode(value)
    else if (name === 'ce-source') header.source = value === NO_SOURCE ? '' : percentDecode(value)
    else if (name === TERM) header.term = Number(value)
    else if (name === PRODUCER) {
      const range = producerOf(value)
      if (range === undefined) isSound = false
      else header.producers.push(range)
    } else if (name === REFUSED) isSound &&= takeRefused(header.producers.at(-1), value)
    else if (name === 'ce-kind') header.kind = Number(value)
    else if (name === ATTRIBUTES) header.attributes = Buffer.from(value, 'base64')
  })
  const numbers = [header.term, header.kind]
  return isSound && header.tag !== '' && header.term > 0 && numbers.every(Number.isSafeInteger)
    ? header
    : undefined
}

/**
 * Returns the counters that each frame of the batch carries; nothing if none of them carries any. Where the frames have counters of their own, each carries
 * its own, so that a batch of which only a part was stored is repeated exactly from there.
 */
export function producersOfFrames({ bytes, count, producers }: FrameBatch): (readonly ProducerRange[])[] {
  if (producers === undefined || producers.length === 0 || count === 0) return []
  const lists: (readonly ProducerRange[])[] = Array.from({ length: count }, () => [])
  const counters = count > 1 && producers.length === 1 ? countersOf(bytes, producers[0]) : undefined
  if (counters === undefined) return lists.with(-1, producers)
  const { key, refused, forgotten } = producers[0]
  return counters.map((counter, at) => {
    const range = { key, first: counter, last: counter, count: 1 }
    return at === 0 && refused !== undefined ? [{ ...range, refused, forgotten }] : [range]
  })
}

function countersOf(frames: Uint8Array, { first, last }: ProducerRange): number[] | undefined {
  const counters: number[] = []
  for (let at = 0; at < frames.length; at += frameBytes(frames, at)) counters.push(frameSeq(frames, at))
  const rising = counters.every((counter, at) => at === 0 || counter > counters[at - 1])
  return rising && counters[0] === first && counters.at(-1) === last ? counters : undefined
}

function typeText(tag: string, { typeOf }: Term): string {
  const isAscii = PLAIN.test(tag)
  return asciiOf(typeOf(isAscii ? tag : Buffer.from(tag, 'latin1').toString()))
}

function sourceText(source: string): string {
  const text = percentText(source)
  if (text === '') return NO_SOURCE
  return text === NO_SOURCE ? '%2D' : text
}

/** Forgets the others first if there are too many, whatever was used last: they come back. */
function remember<Value>(texts: Map<string, Value>, text: string, value: Value): void {
  if (texts.size >= MAX_TEXTS) texts.clear()
  if (text.length <= MAX_KEPT) texts.set(text, value)
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
  // The header for the media type names that of the payload, msgpack; the attribute has a header of its own.
  const lines = attributes.map(([name, value]) =>
    headerLine(`ce-${name === 'datacontenttype' ? 'typeofcontent' : name}`, asciiOf(String(value))),
  )
  return {
    lines: lines.join('') + headerLine(ATTRIBUTES, raw.toString('base64')),
    names: new Set(attributes.map(([name]) => name)),
  }
}

/** Undefined if these are no counters. */
export function producerOf(value: string): ProducerRange | undefined {
  const [, first, last, count, key] = COUNTERS.exec(value) ?? []
  if (key === undefined) return undefined
  return {
    key: key.includes('%') ? Buffer.from(percentDecode(key), 'latin1').toString() : key,
    first: Number(first),
    last: Number(last),
    count: Number(count),
  }
}

/** Returns false if these are no spans of a producer. */
function takeRefused(producer: ProducerRange | undefined, value: string): boolean {
  if (producer === undefined || !SPANS.test(value)) return false
  const [forgotten, ...words] = value.split(' ')
  const refused: RefusedSpan[] = []
  for (let at = 0; at < words.length; at += 3)
    refused.push({ first: Number(words[at]), last: Number(words[at + 1]), code: words[at + 2] as ErrorCode })
  producer.refused = refused
  if (forgotten !== '0') producer.forgotten = Number(forgotten)
  return true
}

function asciiOf(text: string): string {
  return PLAIN.test(text) ? text : percentText(Buffer.from(text).toString('latin1'))
}

const none = Buffer.alloc(0)
const withoutAttributes = { lines: '', names: new Set<string>() }
/** Attributes that another line has, or that only the message itself says. */
const GIVEN = new Set(['specversion', 'source', 'subject', 'kind', 'typeofcontent'])
/** Counters of at most 15 digits, which are exact, and a key. */
const COUNTERS = /^(\d{1,15}) (\d{1,15}) (\d{1,15}) ([!-~]+)$/
/** A counter, and spans with their codes. */
const SPANS = /^\d{1,15}(?: \d{1,15} \d{1,15} [A-Z_]{1,64})*$/
/** Texts that a header has as they are. */
const PLAIN = /^[!#$&-~]*$/
const MAX_TEXTS = 4096
/** Longer texts are not kept: they would need memory, and are rare. */
const MAX_KEPT = 512
