import { catalogue, TocsinError } from '../errors/tocsin-error.js'
import { ATTRIBUTE_NAME, type Attributes, encodeAttributes, OWN_ATTRIBUTES } from './attributes.js'
import { decodeBase64, encodeBase64 } from './base64.js'
import type { Event } from './event.js'
import { bodyStart, MAX_SOURCE_BYTES, MAX_TAG_BYTES } from './frame.js'
import type { WalkedBody } from './frame-walk.js'
import { isObject } from './json/object.js'
import { parseStrictJson } from './json/strict.js'
import { type Json, jsonView } from './json/view.js'
import { encode } from './msgpack/encoder.js'
import { Encoded } from './msgpack/values.js'
import { checkValue, hasMoreValues } from './msgpack/walk.js'
import { formatTime, parseTime } from './position.js'
import type { SeverityName } from './severity-names.js'
import { decodeUtf8, isUtf8 } from './utf8.js'

/**
 * CloudEvents 1.0, JSON format, structured.
 *
 *   id        cursor                     time  time of the log
 *   source    source, as URI reference   kind  extension, where it is not 0
 *   subject   tag                        data  body: as JSON, or where it is bytes as `data_base64`;
 *                                              text of another media type is text, not bytes
 *   type      from the registry          severity  extension, by the rule of the type; not in exports
 *
 * The id, type, time and datacontenttype of another producer are kept as attributes of the frame and win in the
 * outgoing CloudEvent; the cursor is then the extension `cursor`, and the time of the log `logtime`.
 */
export interface CloudEvent {
  specversion: '1.0'
  id: string
  source: string
  type: string
  subject?: string
  /** An RFC 3339 time. */
  time?: string
  datacontenttype?: string
  dataschema?: string
  data?: Json
  data_base64?: string
  [extension: string]: Json | undefined
}

export interface CloudEventView {
  /** Epoch of the log that the event comes from. */
  epoch: string
  typeOf: (tag: string) => string
  /** The severity of events that carry none. Without it, they have no such extension. */
  severityOf?: (event: Event) => SeverityName | undefined
}

export interface CloudEventParts {
  tag: string
  source: string
  kind: number
  attributes: Attributes
  /** The body as msgpack. */
  body: Uint8Array
  /** The result of a walk of the body; absent if it was not walked. */
  walked?: WalkedBody
}

/**
 * An event whose body has very many values is represented as if it was exported: nil takes one byte, but four in JSON,
 * and very much more as an object.
 *
 * @example
 * const event = new Event(encodeFrame({ tag: 'host/web1/load', body: encode(0.5), seq: 42 }))
 * const { id, subject, data } = toCloudEvent(event, { epoch: '3k7q0dz9w4m2x', typeOf: () => 'host.load' })
 * console.log(id, subject, data) // 3k7q0dz9w4m2x-42 host/web1/load 0.5
 */
export function toCloudEvent(event: Event, view: CloudEventView): CloudEvent {
  if (hasManyValues(event)) return toExportedCloudEvent(event, view)
  const { data } = event
  return data instanceof Uint8Array
    ? { ...cloudEventHead(event, view, BYTES_TYPE), data_base64: encodeBase64(data) }
    : { ...cloudEventHead(event, view, JSON_TYPE), data: jsonView(data) }
}

/** A CloudEvent without its body, which has this media type if the event does not say another. */
export function cloudEventHead(event: Event, view: CloudEventView, type: string): CloudEvent {
  const head = envelope(event, view)
  return { ...head, datacontenttype: head.datacontenttype ?? type }
}

/** Returns whether the body has too many values to be represented as JSON. */
export function hasManyValues({ bytes, at, end }: Event): boolean {
  return hasMoreValues(bytes, bodyStart(bytes, at), end, MAX_JSON_VALUES)
}

/**
 * Keeps the body as it is, so that `fromCloudEvent` restores the same bytes.
 *
 * @example
 * const event = new Event(encodeFrame({ tag: 'host/web1/load', body: encode(0.5), seq: 42 }))
 * const exported = toExportedCloudEvent(event, { epoch: '3k7q0dz9w4m2x', typeOf: () => 'host.load' })
 * exported.data_base64 // 'yz/gAAAAAAAA'
 */
export function toExportedCloudEvent(event: Event, view: CloudEventView): CloudEvent {
  return { ...exportedEnvelope(event, view), data_base64: encodeBase64(event.body) }
}

/** An exported CloudEvent without its body. */
export function exportedEnvelope(event: Event, view: CloudEventView): CloudEvent {
  const { datacontenttype, ...head } = envelope(event, view)
  const own = datacontenttype === undefined ? {} : { [TYPE_OF_CONTENT]: datacontenttype }
  return { ...head, ...own, datacontenttype: MSGPACK_TYPE }
}

function envelope(event: Event, view: CloudEventView): CloudEvent {
  const { kind, tag } = event
  const kept = keptAttributes(event.attributes)
  const cursor = event.seq === 0 ? `${view.epoch}-0-${event.time}` : event.cursorIn(view.epoch)
  return {
    specversion: '1.0',
    id: cursor,
    source: toUriReference(event.source),
    type: view.typeOf(tag),
    subject: tag,
    time: formatTime(event.time),
    ...kept,
    ...(kept.severity === undefined ? severityIn(event, view) : {}),
    ...(kept.id === undefined ? {} : { cursor }),
    ...(kept.time === undefined ? {} : { logtime: formatTime(event.time) }),
    ...(kind === 0 ? {} : { kind }),
    ...(event.redelivered ? { redelivered: true } : {}),
  }
}

function severityIn(event: Event, { severityOf }: CloudEventView): { severity?: SeverityName } {
  const severity = severityOf?.(event)
  return severity === undefined ? {} : { severity }
}

/**
 * The attributes of a frame that a CloudEvent may have: never source or subject, and none that would make it
 * invalid.
 */
function keptAttributes(attributes: Attributes): Record<string, Json> {
  const kept: Record<string, Json> = {}
  for (const [name, value] of Object.entries(attributes)) {
    const plain =
      typeof value === 'bigint' || (typeof value === 'number' && !isInt32(value)) ? String(value) : value
    if (ATTRIBUTE_NAME.test(name) && !OWN_ATTRIBUTES.has(name) && faultOf(name, plain) === undefined)
      kept[name] = plain
  }
  return kept
}

/**
 * Checks a CloudEvent and splits it into its parts. Throws TCN_CLOUDEVENT_INVALID, naming the attribute.
 *
 * @example
 * const order = { specversion: '1.0', id: '1', source: '/shop', type: 'shop.order', subject: 'order/1', data: 9 }
 * const { tag, body } = fromCloudEvent(order, { typeOf: () => 'tocsin.event' })
 * console.log(tag, decode(body)) // order/1 9
 */
export function fromCloudEvent(event: unknown, view: Pick<CloudEventView, 'typeOf'>): CloudEventParts {
  if (!isObject(event)) throw invalid('', 'it is not a JSON object')
  for (const name of ['specversion', 'id', 'source', 'type'])
    if (event[name] == null) throw invalid(name, 'it is missing')
  if (event.specversion !== '1.0') throw invalid('specversion', 'it is not 1.0')
  const attributes: Attributes = {}
  for (const [name, value] of Object.entries(event)) {
    if (name === 'data' || name === 'data_base64' || value === null || value === undefined) continue
    if (!ATTRIBUTE_NAME.test(name))
      throw invalid(name, 'names of attributes are lower-case letters and digits')
    const fault = faultOf(name, value)
    if (fault !== undefined) throw invalid(name, fault)
    attributes[name] = value as string | number | boolean
  }
  const { source, subject, type, kind } = attributes
  const tag = (subject ?? String(type).replaceAll('.', '/')) as string
  if (utf8.encode(tag).length > MAX_TAG_BYTES) throw invalid('type', TOO_LONG)
  if (type === view.typeOf(tag)) delete attributes.type
  const { body, walked } = takeBody(event, attributes)
  for (const name of OWN_ATTRIBUTES) delete attributes[name]
  encodeAttributes(attributes)
  return {
    tag,
    source: fromUriReference(source as string),
    kind: (kind ?? 0) as number,
    attributes,
    body,
    walked,
  }
}

type Body = Pick<CloudEventParts, 'body' | 'walked'>

/** Reads the body. The media type stays an attribute if the body does not imply it. */
function takeBody(event: Record<string, unknown>, attributes: Attributes): Body {
  const { data, data_base64: base64 } = event
  const type = attributes.datacontenttype as string | undefined
  if (base64 == null) {
    if (type === JSON_TYPE) delete attributes.datacontenttype
    if (type === undefined || JSON_TYPES.test(type)) return encoded(data)
    if (data != null && typeof data !== 'string')
      throw invalid('data', `it is not text, but said to be ${type}`)
    return encoded(data)
  }
  if (data != null) throw invalid('data_base64', 'there is data as well')
  const { bytes, known } = decodedData(base64)
  const content = contentOf(type)
  if (content === 'msgpack') return exportedBody(bytes, attributes, known?.walked)
  if (type === BYTES_TYPE || type === JSON_TYPE) delete attributes.datacontenttype
  if (content !== 'json') return encoded(bytes)
  const value = known === undefined ? jsonOf(bytes) : known.json
  if (value === undefined) throw invalid('data_base64', 'it is not JSON')
  return encoded(value)
}

/** Returns how base64 data is read: as a body, as JSON, or, if undefined, as the bytes themselves. */
export function contentOf(type: unknown): 'msgpack' | 'json' | undefined {
  if (typeof type !== 'string') return undefined
  if (type === MSGPACK_TYPE) return 'msgpack'
  return JSON_TYPES.test(type) ? 'json' : undefined
}

/** `data_base64` that was decoded before, in place of its text. */
export class DecodedData {
  readonly bytes: Uint8Array
  /** Known if the media type says how the bytes are read; `json` is undefined if they are not JSON. */
  readonly known: { readonly walked?: WalkedBody; readonly json?: unknown } | undefined

  constructor(bytes: Uint8Array, known?: DecodedData['known']) {
    this.bytes = bytes
    this.known = known
  }
}

function decodedData(base64: unknown): Pick<DecodedData, 'bytes' | 'known'> {
  if (base64 instanceof DecodedData) return base64
  const bytes = typeof base64 === 'string' ? decodeBase64(base64) : undefined
  if (bytes === undefined) throw invalid('data_base64', 'it is not base64')
  return { bytes, known: undefined }
}

function exportedBody(bytes: Uint8Array, attributes: Attributes, known: WalkedBody | undefined): Body {
  const fault = known === undefined ? checkValue(bytes, 0, bytes.length) : known.fault
  if (fault !== undefined) throw invalid('data_base64', catalogue[fault].summary)
  delete attributes.datacontenttype
  const own = attributes[TYPE_OF_CONTENT]
  delete attributes[TYPE_OF_CONTENT]
  if (own !== undefined) attributes.datacontenttype = own
  return { body: bytes, walked: known }
}

function encoded(value: unknown): Body {
  return value instanceof Encoded ? { body: value.bytes, walked: value } : { body: encode(value) }
}

/** Returns undefined for what is not JSON. */
function jsonOf(bytes: Uint8Array): unknown {
  try {
    return isUtf8(bytes, 0, bytes.length) ? parseStrictJson(decodeUtf8(bytes, 0, bytes.length)) : undefined
  } catch {
    return undefined
  }
}

/** The reason why the attribute cannot have the value; undefined if it can. */
function faultOf(name: string, value: unknown): string | undefined {
  if (name === 'kind') return isKind(value) ? undefined : 'it is not a number of 32 bits'
  if (CONTEXT_ATTRIBUTES.has(name) && (typeof value !== 'string' || value === ''))
    return 'it is not text, or empty'
  if (typeof value === 'string') {
    // Which tags the hub takes depends on its configuration and on who sends them.
    if (name === 'subject') return faultOfTag(value)
    if (UNSUITABLE.test(value)) return 'it has a control character or half of a surrogate pair'
    if (name === 'time' && parseTime(value) === undefined) return 'it is not a time of RFC 3339'
    if (name === 'datacontenttype' && !MEDIA_TYPE.test(value)) return 'it is not a media type'
    if (name === 'source' && utf8.encode(fromUriReference(value)).length > MAX_SOURCE_BYTES)
      return 'it is longer than 255 bytes'
    return undefined
  }
  if (typeof value === 'boolean' || (typeof value === 'number' && isInt32(value))) return undefined
  return 'it is not text, a boolean or an integer of 32 bits'
}

function faultOfTag(tag: string): string | undefined {
  if (/\p{Surrogate}/u.test(tag)) return 'it has half of a surrogate pair'
  return utf8.encode(tag).length > MAX_TAG_BYTES ? TOO_LONG : undefined
}

function isInt32(value: number): boolean {
  return value === (value | 0)
}

function isKind(value: unknown): boolean {
  return typeof value === 'number' && value === value >>> 0
}

function invalid(attribute: string, reason: string): TocsinError {
  const name = attribute.slice(0, 80)
  const where = name === '' ? '' : `${name}: `
  return new TocsinError('TCN_CLOUDEVENT_INVALID', `not a CloudEvent: ${where}${reason}`, {
    details: { attribute: name },
  })
}

/** Percent-encodes characters that a URI does not allow. Existing percent codes stay as they are. */
export function toUriReference(source: string): string {
  if (source === '') return '-'
  return source.replace(/%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9._~:/?#@!$&'()*+,;=%-]/gu, percentEncode)
}

function fromUriReference(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (codes) => {
    try {
      return decodeURIComponent(codes).replace(/[\u0000-\u007f]/g, (character) =>
        SPARED_BY_URIS.includes(character) ? character : percentEncode(character),
      )
    } catch {
      return codes
    }
  })
}

function percentEncode(character: string): string {
  return [...utf8.encode(character)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('')
}

/** Decoding and representing this number takes some 20 ms. */
export const MAX_JSON_VALUES = 128 * 1024
export const JSON_TYPE = 'application/json'
const JSON_TYPES = /^[^;/]+\/(?:[^;/]+\+)?json\s*(?:;|$)/i
const MSGPACK_TYPE = 'application/vnd.msgpack'
export const BYTES_TYPE = 'application/octet-stream'
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+\s*(?:;.*)?$/
/** An extension: the media type of the content in the body of an exported event. */
const TYPE_OF_CONTENT = 'typeofcontent'
const TOO_LONG = `as tag it is longer than ${MAX_TAG_BYTES} bytes`
/** The attributes of the specification, all of which are texts. */
export const CONTEXT_ATTRIBUTES: ReadonlySet<string> = new Set([
  'specversion',
  'id',
  'source',
  'type',
  'subject',
  'time',
  'datacontenttype',
  'dataschema',
])
const UNSUITABLE = /[\u0000-\u001f\u007f-\u009f]|\p{Surrogate}/u
/** ASCII characters that a URI does not allow and a source may contain. */
const SPARED_BY_URIS = ' "<>[]\\^`{|}'
const utf8 = new TextEncoder()
