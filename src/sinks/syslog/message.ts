import type { Event } from '../../event/event.js'
import { bodyStart } from '../../event/frame.js'
import { asFields, isObject, own } from '../../event/json/object.js'
import { compilePath, find, textLength, textStart } from '../../event/msgpack/find.js'
import { readText } from '../../event/msgpack/generated-code.js'
import { walkValue } from '../../event/msgpack/walk.js'
import { ownTime } from '../../event/own-time.js'
import { formatTime } from '../../event/position.js'
import { type SeverityName, severityNames } from '../../event/severity.js'
import { isLong } from '../../incremental/long-text.js'
import { outlineAt, outlineOf } from '../../incremental/outline.js'
import { endOfCharacters } from '../../incremental/piece-writer.js'
import { type FacilityName, facilityNames } from '../../protocols/syslog/facilities.js'
import { summaryOf } from '../../types/summary.js'
import { beginningOf, eventJson } from '../event-json.js'
import type { EventView } from '../sink.js'

/** The number that RFC 5612 keeps for examples: nobody else uses the name of the element. */
const ELEMENT = 'tocsin@32473'
const BOM = '\ufeff'
/** The type of the messages that the source `syslog` receives. */
const RECEIVED = 'syslog.message'
const MESSAGE = compilePath(['message'])
const STRUCTURED = compilePath(['structured'])

export interface SyslogStyle {
  facility: FacilityName
  appName: string
  message: 'text' | 'json' | 'original'
  /** bytes */
  maxMessage: number
}

/** An event as a message of RFC 5424, with its length in front (RFC 6587 §3.4.1). */
export function* syslogMessage(
  event: Event,
  style: SyslogStyle,
  view: EventView,
): Generator<undefined, Buffer> {
  const { tag, source } = event
  const data = outlineOf(event)
  const type = view.typeOf(tag)
  const isRelayed = style.message === 'original' && type === RECEIVED
  const received = isRelayed ? receivedIn(event, data, style.maxMessage) : undefined
  const { facility, host, app, pid, msgid, structured }: SenderFields = received ?? {
    facility: style.facility,
    host: view.hostname,
    app: style.appName,
    msgid: type,
  }
  const fields = [
    `<${priority(facility ?? style.facility, view.severityOf(event))}>1`,
    formatTime(ownTime(event)),
    ascii(host, 255),
    ascii(app, 48),
    ascii(pid, 128),
    ascii(msgid, 32),
    '',
  ].join(' ')
  const hubElement = elementOf(ELEMENT, { tag, source, type, cursor: event.cursorIn(view.epoch) })
  const elements = fitting(
    [hubElement, ...elementsOf(structured)],
    style.maxMessage - Buffer.byteLength(fields),
  )
  const text =
    style.message === 'json'
      ? yield* beginningOf(eventJson(event, view), style.maxMessage)
      : (received?.text ?? `${tag} ${summaryOf(data, style.maxMessage, view.displayOf(type))}`)
  const message = cut(`${fields}${elements} ${BOM}${text.replace(/\p{Cc}/gu, ' ')}`, style.maxMessage)
  return Buffer.concat([Buffer.from(`${message.length} `), message])
}

function priority(facility: FacilityName, severity: SeverityName = 'info'): number {
  return facilityNames.indexOf(facility) * 8 + severityNames.indexOf(severity)
}

interface SenderFields {
  facility?: FacilityName
  host?: string
  app?: string
  pid?: string
  msgid?: string
  structured?: unknown
}

/** A message that the hub has received, with all that it said of itself. `data` is the outline of the event. */
function receivedIn(
  event: Event,
  data: unknown,
  maxText: number,
): (SenderFields & { text: string }) | undefined {
  const text = messageText(event, maxText)
  if (text === undefined) return undefined
  const facility = facilityNames.find((name) => name === own(data, 'facility'))
  const structured = isLong(event) ? structuredIn(event, maxText) : own(data, 'structured')
  const [host, app, pid, msgid] = ['host', 'app', 'pid', 'msgid'].map((name) => fieldText(data, name))
  return { facility, host: host ?? fieldText(data, 'peer'), app, pid, msgid, structured, text }
}

/** Its first bytes, read from the frame: the outline leaves long texts out. */
function messageText({ bytes, at, end }: Event, maxBytes: number): string | undefined {
  const found = find(bytes, bodyStart(bytes, at), end, MESSAGE)
  const length = found < 0 ? -1 : textLength(bytes, found)
  if (length < 0) return undefined
  const start = textStart(bytes, found)
  return readText(bytes, start, endOfCharacters(bytes, start + maxBytes, start + length))
}

/** The elements of a long event, read from the frame too: the outline has only short ones. */
function structuredIn({ bytes, at, end }: Event, maxBytes: number): unknown {
  const found = find(bytes, bodyStart(bytes, at), end, STRUCTURED)
  return found < 0 ? undefined : outlineAt(bytes, found, walkValue(bytes, found, end), maxBytes)
}

function fieldText(data: unknown, name: string): string | undefined {
  const value = own(data, name)
  return typeof value === 'string' ? value : undefined
}

/** Structured data as it came. */
function elementsOf(structured: unknown): string[] {
  return Object.entries(asFields(structured)).flatMap(([id, values]) =>
    id !== ELEMENT && isObject(values) ? [elementOf(id, values)] : [],
  )
}

/** The elements for which there is space: half an element would make the message unreadable. */
function fitting(elements: readonly string[], space: number): string {
  let text = ''
  let left = space
  for (const element of elements) {
    const length = Buffer.byteLength(element)
    if (length > left) continue
    text += element
    left -= length
  }
  return text || '-'
}

/** §6.3.3: quote, backslash and bracket are escaped in values, of which a name may have several. */
function elementOf(id: string, values: Record<string, unknown>): string {
  const pairs = Object.entries(values).flatMap(([name, value]) =>
    [value]
      .flat()
      .filter((each) => typeof each === 'string' || typeof each === 'number')
      .map((each) => ` ${sdName(name)}="${escaped(String(each))}"`),
  )
  return `[${sdName(id)}${pairs.join('')}]`
}

function sdName(text: string): string {
  return text.replace(/[^\x21-\x7e]|["=\]]/g, '_').slice(0, 32) || '_'
}

function escaped(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ').replace(/["\\\]]/g, '\\$&')
}

function ascii(text: string | undefined, length: number): string {
  return (text ?? '').replace(/[^\x21-\x7e]/g, '_').slice(0, length) || '-'
}

/** Cuts at the beginning of a character. */
function cut(text: string, length: number): Buffer {
  const bytes = Buffer.from(text)
  return bytes.subarray(0, endOfCharacters(bytes, length, bytes.length))
}
