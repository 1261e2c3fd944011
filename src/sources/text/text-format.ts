import type { RE2JS } from 're2js'
import { isObject } from '../../event/json/object.js'
import { parseStrictJson } from '../../event/json/strict.js'
import { formatTime } from '../../event/position.js'
import { type SeverityName, severityOfValue } from '../../event/severity.js'
import type { Zone } from '../../event/zone.js'
import { compileRegex } from '../../filter/regex.js'
import { parseAccessLog } from './access-log.js'
import { parseCef } from './cef.js'
import { type ParseConfig, zoneOf } from './config.js'
import { type ContainerForm, containerForms, containerOf, readContainerText } from './container-line.js'
import { CsvLines } from './csv-lines.js'
import { parseKeyValues } from './key-value.js'
import type { LinePlace } from './line-place.js'
import { parseLogfmt } from './logfmt.js'
import { parseSyslog } from './syslog-message.js'
import { parseTime } from './time.js'

/** The values that were read from a line. */
export interface ParsedText {
  /** RFC 3339 */
  time?: string
  severity?: SeverityName
  message?: string
  fields?: Record<string, unknown>
}

/** The facts that are known of a text before it is read. If the text has the same, it stays a field. */
export interface KnownOfText {
  time?: unknown
  severity?: unknown
  /** The program that wrote it; empty if the source would know that and does not. Absent: a header of syslog may say so. */
  program?: string
  place?: LinePlace
}

/** Names that programs give to the three fields that all have, the most usual first. */
const usual = {
  time: ['time', 'timestamp', '@timestamp', 'ts', 'datetime', 'date', 't', 'asctime'],
  severity: ['severity', 'level', 'lvl', 'loglevel', 'log_level', 'log.level', 'levelname', 'priority'],
  message: ['message', 'msg', 'text', 'event', 'log'],
} as const

/** Names of the Common Event Format: when the device has received, begun and ended. */
const timesOfCef = ['rt', 'start', 'end']

const MAX_DEPTH = 32

type Read = (line: string, now: number, known: KnownOfText) => ParsedText | undefined

/** Reads lines in one format. */
export class TextFormat {
  readonly #config: ParseConfig
  readonly #zone: Zone
  readonly #read: Read
  readonly #csv: CsvLines | undefined
  /** Lines of the same second have the same time. */
  #lastTime: { text: string; time?: string } = { text: '' }

  constructor(config: ParseConfig) {
    this.#config = config
    this.#zone = zoneOf(config.zone)
    this.#csv = config.as === 'csv' ? new CsvLines(config) : undefined
    this.#read = this.#reader()
  }

  /** Returns undefined for a line that is not in the format. `now`: µs since the epoch. */
  read(line: string, now: number, known: KnownOfText): ParsedText | undefined {
    return this.#read(line, now, known)
  }

  /** True if other formats read the text that it finds. */
  get isWrapper(): boolean {
    return containerForms.some((form) => form === this.#config.as)
  }

  /** Returns whether the line says how others are read, so that it is none of them. */
  isHeader(known: KnownOfText): boolean {
    return this.#csv?.isHeader(known.place) === true
  }

  #reader(): Read {
    const { as, pattern } = this.#config
    if (as === 'access') return (line, now) => this.#accessLog(line, now)
    if (as === 'syslog') return (line, now) => this.#syslog(line, now)
    if (as === 'cri' || as === 'docker')
      return (line, now, { place }) => this.#container(as, line, now, place)
    if (as === 'cef') return (line, now, known) => this.#cef(line, now, known)
    if (as === 'keyvalue') return (line, now, known) => this.#keyValues(line, now, known)
    const fieldsOf = this.#fieldsReader(as, pattern)
    return (line, now, known) => {
      const fields = fieldsOf(line, known)
      return fields && this.#lift(fields, now, known)
    }
  }

  #fieldsReader(as: ParseConfig['as'], pattern: string | undefined) {
    const csv = this.#csv
    if (csv !== undefined) return (line: string, { place }: KnownOfText) => csv.fields(line, place)
    if (pattern !== undefined) return groups(pattern)
    return as === 'json' ? jsonFields : parseLogfmt
  }

  #accessLog(line: string, now: number): ParsedText | undefined {
    const read = parseAccessLog(line)
    if (read === undefined) return undefined
    if (read.time !== this.#lastTime.text) this.#lastTime = this.#timeOf(read.time, now)
    const { time } = this.#lastTime
    if (time === undefined) return undefined
    const { fields, severity, message } = read
    return { time, severity, message, fields }
  }

  #timeOf(text: string, now: number): { text: string; time?: string } {
    const micros = parseTime(text, now, this.#zone)
    return micros === undefined ? { text } : { text, time: formatTime(micros) }
  }

  #syslog(line: string, now: number): ParsedText | undefined {
    const read = parseSyslog(line, { now, zone: this.#zone })
    if (read.malformed !== undefined) return undefined
    const { format, time, severity, message, ...rest } = read
    const parsed: ParsedText = { message }
    if (time !== undefined) parsed.time = formatTime(time)
    if (severity !== undefined) parsed.severity = severity
    const fields = Object.entries(rest).filter(([, value]) => value !== undefined)
    if (fields.length > 0) parsed.fields = Object.fromEntries(fields)
    return parsed
  }

  /** Senders put a header of syslog before it. */
  #cef(line: string, now: number, known: KnownOfText): ParsedText | undefined {
    const header = line.startsWith('CEF:') ? undefined : this.#syslog(line, now)
    const read = parseCef(header?.message ?? line)
    if (read === undefined) return undefined
    const { fields, name, severity } = read
    const parsed: ParsedText = { message: name }
    const time = known.time ?? header?.time
    if (time === undefined) this.#liftTime(fields, now, parsed, timesOfCef)
    else if (header?.time !== undefined) parsed.time = header.time
    parsed.fields = { ...fields, ...header?.fields }
    if (known.severity === undefined && severity !== undefined) parsed.severity = severity
    this.#liftMessage(parsed.fields, parsed, ['msg'])
    return parsed
  }

  #container(
    form: ContainerForm,
    record: string,
    now: number,
    place: LinePlace | undefined,
  ): ParsedText | undefined {
    const read = readContainerText(form, record)
    const { time } = read === undefined ? {} : this.#timeOf(read.time, now)
    if (read === undefined || time === undefined) return undefined
    const names = place?.file === undefined ? {} : containerOf(place.file)
    const fields = { stream: read.stream, ...names, ...(read.isPartial && { partial: true }) }
    return { time, message: read.text, fields }
  }

  #keyValues(line: string, now: number, known: KnownOfText): ParsedText | undefined {
    const { separator = ' ', equals = '=', quote = '"\'' } = this.#config
    const read = parseKeyValues(line, { separator, equals, quote })
    if (read === undefined) return undefined
    const parsed = this.#lift(read.fields, now, known)
    if (read.text === '') return parsed
    if (parsed.message === undefined) parsed.message = read.text
    else parsed.fields = { text: read.text, ...parsed.fields }
    return parsed
  }

  /** Takes time, severity and text out of the fields. One that cannot be read stays what it is. */
  #lift(fields: Record<string, unknown>, now: number, known: KnownOfText): ParsedText {
    const parsed: ParsedText = {}
    if (known.time === undefined) this.#liftTime(fields, now, parsed)
    if (known.severity === undefined) this.#liftSeverity(fields, parsed)
    this.#liftMessage(fields, parsed)
    if (Object.keys(fields).length > 0) parsed.fields = fields
    return parsed
  }

  #liftTime(
    fields: Record<string, unknown>,
    now: number,
    parsed: ParsedText,
    names: readonly string[] = usual.time,
  ): void {
    take(fields, this.#names('time', names), (value) => {
      const micros = timeOf(value, now, this.#zone)
      if (micros !== undefined) parsed.time = formatTime(micros)
      return micros !== undefined
    })
  }

  #liftSeverity(fields: Record<string, unknown>, parsed: ParsedText): void {
    take(fields, this.#names('severity', usual.severity), (value) => {
      const severity = severityOfValue(value)
      if (severity !== undefined) parsed.severity = severity
      return severity !== undefined
    })
  }

  #liftMessage(
    fields: Record<string, unknown>,
    parsed: ParsedText,
    names: readonly string[] = usual.message,
  ): void {
    take(fields, this.#names('message', names), (value) => {
      if (typeof value === 'string') parsed.message = value
      return typeof value === 'string'
    })
  }

  #names(what: keyof typeof usual, names: readonly string[]): readonly string[] {
    const own = this.#config[what]
    return own === undefined ? names : [own]
  }
}

/** Removes the first of these fields whose value is accepted. */
function take(
  fields: Record<string, unknown>,
  names: readonly string[],
  accepts: (value: unknown) => boolean,
): void {
  const name = names.find((each) => Object.hasOwn(fields, each) && accepts(fields[each]))
  if (name !== undefined) delete fields[name]
}

function timeOf(value: unknown, now: number, zone: Zone): number | undefined {
  if (typeof value === 'string') return parseTime(value, now, zone)
  return typeof value === 'number' || typeof value === 'bigint'
    ? parseTime(String(value), now, zone)
    : undefined
}

function jsonFields(line: string): Record<string, unknown> | undefined {
  if (!/^\s*\{/.test(line)) return undefined
  try {
    const value = parseStrictJson(line)
    return isObject(value) && isShallow(value, MAX_DEPTH) ? value : undefined
  } catch {
    return undefined
  }
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every((each) => isShallow(each, depth - 1))
}

function groups(pattern: string): (line: string) => Record<string, unknown> | undefined {
  const regex: RE2JS = compileRegex(pattern, 'parse.pattern')
  const names = Object.keys(regex.namedGroups())
  return (line) => {
    const matcher = regex.matcher(line)
    if (!matcher.find()) return undefined
    const found = names.map((name) => [name, matcher.group(name)] as const)
    return Object.fromEntries(found.filter(([, value]) => value !== null))
  }
}
