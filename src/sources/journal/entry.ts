import { isUtf8 } from 'node:buffer'
import { formatTime } from '../../event/position.js'
import { severityOfValue } from '../../event/severity.js'
import { tagSegment } from '../../event/tag.js'
import type { HostJournalEntry } from '../../types/host/journal.js'
import type { TextParser } from '../text/text-parser.js'
import type { WrittenEntry, WrittenField } from './written-entry.js'

/** journald itself takes no more fields in an entry. */
const MAX_FIELDS = 1024
/** Bytes of a character that a cut may leave at the end. */
const MAX_REST = 3

export interface EntryReading {
  maxField: number
  parser: TextParser | undefined
  /** µs since the epoch */
  now: number
}

/** Turns an entry of the journal into the path and the data of an event. */
export function eventOfEntry(
  entry: WrittenEntry,
  { maxField, parser, now }: EntryReading,
): { path: string; data: HostJournalEntry } {
  const cut = { fields: 0 }
  const text = (name: string) => textOf(fieldValue(entry.get(name), maxField, cut))
  const written = fieldValue(entry.get('MESSAGE'), maxField, cut)
  const message = textOf(written) ?? ''
  const severity = severityOfValue(text('PRIORITY'))
  const micros = Number(entry.get('__REALTIME_TIMESTAMP'))
  const time = Number.isSafeInteger(micros) ? formatTime(micros) : undefined
  const identifier = text('SYSLOG_IDENTIFIER') ?? text('_COMM')
  const known = { time, severity, program: identifier ?? '' }
  const data: HostJournalEntry = { message, ...parser?.parse(message, now, known) }
  if (written instanceof Uint8Array) data.bytes = written
  if (severity !== undefined) data.severity = severity
  if (time !== undefined) data.time = time
  const pid = Number(text('_PID') ?? text('SYSLOG_PID') ?? Number.NaN)
  if (Number.isSafeInteger(pid)) data.pid = pid
  setText(data, 'unit', text('_SYSTEMD_UNIT'))
  setText(data, 'identifier', identifier)
  setText(data, 'host', text('_HOSTNAME'))
  setText(data, 'transport', text('_TRANSPORT'))
  const own = ownFields(entry, maxField, cut)
  if (own !== undefined) data.entry = own
  if (cut.fields > 0) data.cut = cut.fields
  return { path: tagSegment(data.unit ?? data.identifier ?? '-'), data }
}

type TextField = 'unit' | 'identifier' | 'host' | 'transport'

function setText(data: HostJournalEntry, name: TextField, value: string | undefined): void {
  if (value !== undefined) data[name] = value
}

const elsewhere = new Set(['MESSAGE', 'PRIORITY', 'SYSLOG_IDENTIFIER', 'SYSLOG_PID', 'SYSLOG_TIMESTAMP'])

/** The fields that the program gave the entry; those of the journal itself begin with an underscore. */
function ownFields(
  entry: WrittenEntry,
  maxField: number,
  cut: { fields: number },
): Record<string, unknown> | undefined {
  const own: [name: string, written: WrittenField][] = []
  entry.forEach((written, name) => {
    if (!name.startsWith('_') && !isElsewhere(name, written)) own.push([name, written])
  })
  if (own.length === 0) return undefined
  // In one order, so that the objects of entries have few shapes.
  own.sort(([one], [other]) => (one < other ? -1 : 1))
  cut.fields += Math.max(0, own.length - MAX_FIELDS)
  const kept = own.slice(0, MAX_FIELDS)
  return Object.fromEntries(kept.map(([name, written]) => [name, fieldValue(written, maxField, cut)]))
}

/** Other fields of the event have the first text only, so that a list, or bytes, are not lost. */
function isElsewhere(name: string, written: WrittenField): boolean {
  if (!elsewhere.has(name)) return false
  if (written === null || typeof written === 'string') return true
  return isBytes(written) && (name === 'MESSAGE' || isUtf8(Buffer.from(written)))
}

/** Null stands for a field that journalctl has left out because it is too long. */
function fieldValue(written: WrittenField | undefined, most: number, cut: { fields: number }): unknown {
  if (written === undefined) return undefined
  if (written === null) {
    cut.fields++
    return null
  }
  if (typeof written === 'string') {
    if (written.length <= most) return written
    cut.fields++
    // A cut must not divide a character of two units.
    return written.slice(0, most).replace(/[\uD800-\uDBFF]$/, '')
  }
  if (isBytes(written)) return bytesValue(written, most, cut)
  return written.map((each) => fieldValue(each, most, cut))
}

function isBytes(written: readonly unknown[]): written is readonly number[] {
  return written.every((each) => typeof each === 'number')
}

/** Text with control characters is written as bytes too. */
function bytesValue(numbers: readonly number[], most: number, cut: { fields: number }): string | Uint8Array {
  const isCut = numbers.length > most
  if (isCut) cut.fields++
  const bytes = Buffer.from(numbers.slice(0, most))
  for (let rest = 0; rest <= (isCut ? MAX_REST : 0); rest++) {
    const whole = bytes.subarray(0, bytes.length - rest)
    if (isUtf8(whole)) return whole.toString('utf8')
  }
  return Uint8Array.from(bytes)
}

/** If a field occurs several times, its first value counts. Bytes are decoded as far as possible. */
function textOf(value: unknown): string | undefined {
  if (Array.isArray(value)) return textOf(value[0])
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
  return typeof value === 'string' ? value : undefined
}
