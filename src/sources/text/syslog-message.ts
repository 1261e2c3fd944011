import { type SeverityName, severityNames } from '../../event/severity.js'
import type { Zone } from '../../event/zone.js'
import { type FacilityName, facilityNames } from '../../protocols/syslog/facilities.js'
import { parseStructuredData, type StructuredData } from './structured-data.js'
import { parseTime } from './time.js'

export interface SyslogMessage {
  format: 'rfc5424' | 'rfc3164'
  facility?: FacilityName
  severity?: SeverityName
  /** µs since the epoch */
  time?: number
  host?: string
  app?: string
  pid?: string
  msgid?: string
  structured?: StructuredData
  message: string
  /** Why the message is not as its format says; `message` is then everything that could not be read. */
  malformed?: string
}

export interface SyslogReading {
  /** µs since the epoch; gives the year to a time without one. */
  now: number
  /** The zone of times that name none. */
  zone: Zone
}

const HIGHEST_PRIORITY = 191
const BLANK = 0x20
const BYTE_ORDER_MARK = 0xfeff

/** Reads a message of RFC 5424 or of the older form that RFC 3164 describes. Never throws. */
export function parseSyslog(text: string, reading: SyslogReading): SyslogMessage {
  return wellFormed(text, reading) ?? anyForm(text, reading)
}

function anyForm(text: string, reading: SyslogReading): SyslogMessage {
  const match = /^<(\d{1,3})>/.exec(text)
  if (match === null) {
    const bare = olderForm(text, reading)
    // Some devices leave the priority out, and files that a daemon writes have none (RFC 3164 §4.3.3).
    if (bare.time !== undefined) return bare
    return { format: 'rfc3164', message: text, malformed: 'it has no priority' }
  }
  const priority = Number(match[1])
  const rest = text.slice(match[0].length)
  if (priority > HIGHEST_PRIORITY)
    return { format: 'rfc3164', message: rest, malformed: `its priority is ${priority}` }
  const read = /^[1-9]\d{0,2} /.test(rest) ? newForm(rest, reading) : olderForm(rest, reading)
  read.facility = facilityNames[priority >> 3]
  read.severity = severityNames[priority & 7]
  return read
}

// ---- RFC 5424

const priorityAndHeader = /^<(\d{1,3})>1 (\S{1,64}) (\S{1,255}) (\S{1,255}) (\S{1,128}) (\S{1,64})(?: |$)/

/** Reads a message in which everything is as RFC 5424 says. Undefined for others. */
function wellFormed(text: string, { now, zone }: SyslogReading): SyslogMessage | undefined {
  const match = priorityAndHeader.exec(text)
  if (match === null) return undefined
  const priority = Number(match[1])
  const time = match[2] === '-' ? undefined : parseTime(match[2], now, zone)
  const structured = parseStructuredData(text, match[0].length)
  if (priority > HIGHEST_PRIORITY || structured === undefined) return undefined
  if (time === undefined && match[2] !== '-') return undefined
  return {
    format: 'rfc5424',
    facility: facilityNames[priority >> 3],
    severity: severityNames[priority & 7],
    time,
    host: given(match[3]),
    app: given(match[4]),
    pid: given(match[5]),
    msgid: given(match[6]),
    structured: structured.data,
    message: textFrom(text, structured.end),
  }
}

const header = /^(\d{1,3}) (\S{1,64}) (\S{1,255}) (\S{1,255}) (\S{1,128}) (\S{1,64})(?: |$)/

/** Reads what it can of a message with a fault. */
function newForm(text: string, { now, zone }: SyslogReading): SyslogMessage {
  const bad = (malformed: string): SyslogMessage => ({ format: 'rfc5424', message: text, malformed })
  const match = header.exec(text)
  if (match === null) return bad('its header is incomplete')
  const [whole, version, stamp, host, app, pid, msgid] = match
  if (version !== '1') return bad(`its version is ${version}`)
  const names = { host: given(host), app: given(app), pid: given(pid), msgid: given(msgid) }
  const time = stamp === '-' ? undefined : parseTime(stamp, now, zone)
  if (time === undefined && stamp !== '-') return { ...bad('its time cannot be read'), ...names }
  return { ...bad('its structured data cannot be read'), ...names, time, message: text.slice(whole.length) }
}

function given(value: string): string | undefined {
  return value === '-' ? undefined : value
}

/** Leaves out the one blank before the text, and the byte order mark. */
function textFrom(text: string, start: number): string {
  const at = text.charCodeAt(start) === BLANK ? start + 1 : start
  return text.slice(text.charCodeAt(at) === BYTE_ORDER_MARK ? at + 1 : at)
}

// ---- RFC 3164

/** Parts that network devices put before the time: a blank, numbers, and the mark of a clock that is not set. */
const beforeTime = /^ ?(?:\d{1,10}: ){0,2}(?:: )?[*.]?(?=[A-Z][A-Za-z]{2} |\d{4}-)/
const time =
  /^([A-Z][A-Za-z]{2} {1,2}\d{1,2} (?:\d{4} )?\d{1,2}:\d{2}:\d{2}(?:\.\d{1,9})?(?: (?:19|20)\d{2} ?(?= )| [A-Z]{3,4}(?=: ))?|\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?):? /
/** Without a process, only a colon and a blank tell a tag from the first word of the text. */
const tag = /^%?([^\s:[\]]{1,128})(?:\[([^\]\s]{1,64})\](?::|(?= |$))|:(?= |$)) ?/
const tagWithProcess = /^([^\s:[\]]{1,128})\[([^\]\s]{1,64})\]:(?: |$)/
const hostName = /^([^\s:[\]]{1,255}|[0-9A-Fa-f:]{2,45}) +/

function olderForm(text: string, { now, zone }: SyslogReading): SyslogMessage {
  const message: SyslogMessage = { format: 'rfc3164', message: text }
  const rest = text.slice(beforeTime.exec(text)?.[0].length ?? 0)
  const stamp = time.exec(rest)
  const micros = stamp === null ? undefined : parseTime(stamp[1].replace(/ (?:[A-Z]{3,4})?$/, ''), now, zone)
  if (stamp === null || micros === undefined) return withTag(message, text, tagWithProcess)
  message.time = micros
  return withHost(message, rest.slice(stamp[0].length))
}

/** A local program leaves the host out, and a network device sometimes too. */
function withHost(message: SyslogMessage, text: string): SyslogMessage {
  const host = tag.test(text) ? null : hostName.exec(text)
  if (host === null) return withTag(message, text, tag)
  message.host = host[1]
  return withTag(message, text.slice(host[0].length), tag)
}

function withTag(message: SyslogMessage, text: string, form: RegExp): SyslogMessage {
  const match = form.exec(text)
  message.message = match === null ? text : text.slice(match[0].length)
  if (match !== null) {
    message.app = match[1]
    if (match[2] !== undefined) message.pid = match[2]
  }
  return message
}
