import type { Event } from '../../event/event.js'
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

export interface SyslogStyle {
  facility: FacilityName
  appName: string
  message: 'text' | 'json'
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
  const head = [
    `<${priority(style.facility, view.severityOf(event))}>1`,
    formatTime(ownTime(event)),
    ascii(view.hostname, 255),
    style.appName,
    '-',
    ascii(type, 32),
    elementOf({ tag, source, type, cursor: event.cursorIn(view.epoch) }),
  ].join(' ')
  const text =
    style.message === 'json'
      ? yield* beginningOf(eventJson(event, view), style.maxMessage)
      : `${tag} ${summaryOf(data, style.maxMessage, view.displayOf(type))}`
  const message = cut(`${head} ${BOM}${text.replace(/\p{Cc}/gu, ' ')}`, style.maxMessage)
  return Buffer.concat([Buffer.from(`${message.length} `), message])
}

function priority(facility: FacilityName, severity: SeverityName = 'info'): number {
  return facilityNames.indexOf(facility) * 8 + severityNames.indexOf(severity)
}

/** §6.3.3: quote, backslash and bracket are escaped in values. */
function elementOf(values: Record<string, string>): string {
  const pairs = Object.entries(values).map(
    ([name, value]) => `${name}="${value.replace(/\p{Cc}/gu, ' ').replace(/["\\\]]/g, '\\$&')}"`,
  )
  return `[${ELEMENT} ${pairs.join(' ')}]`
}

function ascii(text: string, length: number): string {
  return text.replace(/[^\x21-\x7e]/g, '_').slice(0, length) || '-'
}

/** Cuts at the beginning of a character. */
function cut(text: string, length: number): Buffer {
  const bytes = Buffer.from(text)
  if (bytes.length <= length) return bytes
  let end = length
  while (end > 0 && (bytes[end] & 0xc0) === 0x80) end--
  return bytes.subarray(0, end)
}
