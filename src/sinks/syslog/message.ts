import type { Event } from '../../event/event.js'
import { isObject, own } from '../../event/json/object.js'
import { ownTime } from '../../event/own-time.js'
import { formatTime } from '../../event/position.js'
import { type SeverityName, severityNames } from '../../event/severity.js'
import { outlineOf } from '../../incremental/outline.js'
import { type FacilityName, facilityNames } from '../../protocols/syslog/facilities.js'
import { summaryOf } from '../../types/summary.js'
import { beginningOf, eventJson } from '../event-json.js'
import type { EventView } from '../sink.js'

/** The number that RFC 5612 keeps for examples: nobody else uses the name of the element. */
const ELEMENT = 'tocsin@32473'
const BOM = '\ufeff'
/** The type of the messages that the source `syslog` receives. */
const RECEIVED = 'syslog.message'

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
  const received = style.message === 'original' && type === RECEIVED ? receivedIn(data) : undefined
  const { facility, host, app, pid, msgid, structured }: SenderFields = received ?? {
    facility: style.facility,
    host: view.hostname,
    app: style.appName,
    msgid: type,
  }
  const head = [
    `<${priority(facility ?? style.facility, view.severityOf(event))}>1`,
    formatTime(ownTime(event)),
    ascii(host, 255),
    ascii(app, 48),
    ascii(pid, 128),
    ascii(msgid, 32),
    elementOf(ELEMENT, { tag, source, type, cursor: event.cursorIn(view.epoch) }) +
      elementsOf(structured, style.maxMessage / 2),
  ].join(' ')
  const text =
    style.message === 'json'
      ? yield* beginningOf(eventJson(event, view), style.maxMessage)
      : (received?.text ?? `${tag} ${summaryOf(data, style.maxMessage, view.displayOf(type))}`)
  const message = cut(`${head} ${BOM}${text.replace(/\p{Cc}/gu, ' ')}`, style.maxMessage)
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

/** A message that the hub has received, with all that it said of itself. */
function receivedIn(data: unknown): (SenderFields & { text: string }) | undefined {
  const text = fieldText(data, 'message')
  if (text === undefined) return undefined
  const facility = facilityNames.find((name) => name === own(data, 'facility'))
  const structured = own(data, 'structured')
  const [host, app, pid, msgid] = ['host', 'app', 'pid', 'msgid'].map((name) => fieldText(data, name))
  return { facility, host: host ?? fieldText(data, 'peer'), app, pid, msgid, structured, text }
}

function fieldText(data: unknown, name: string): string | undefined {
  const value = own(data, name)
  return typeof value === 'string' ? value : undefined
}

/** Structured data as it came, as far as there is space for whole elements. */
function elementsOf(structured: unknown, space: number): string {
  let text = ''
  for (const [id, values] of Object.entries(isObject(structured) ? structured : {})) {
    const element = isObject(values) ? elementOf(id, values) : ''
    if (id !== ELEMENT && Buffer.byteLength(text + element) <= space) text += element
  }
  return text
}

/** §6.3.3: quote, backslash and bracket are escaped in values, of which a name may have several. */
function elementOf(id: string, values: Record<string, unknown>): string {
  const pairs = Object.entries(values).flatMap(([name, value]) =>
    [value].flat().map((each) => ` ${sdName(name)}="${escaped(String(each))}"`),
  )
  return `[${sdName(id)}${pairs.join('')}]`
}

function sdName(text: string): string {
  return text.replace(/[^\x21-\x7e]|["=\]]/g, '_').slice(0, 32)
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
  if (bytes.length <= length) return bytes
  let end = length
  while (end > 0 && (bytes[end] & 0xc0) === 0x80) end--
  return bytes.subarray(0, end)
}
