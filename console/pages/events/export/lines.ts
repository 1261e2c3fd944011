import { type Event, formatTime } from 'tocsin/browser'
import { type CloudEvent, toCloudEvent } from '../../../../src/event/cloudevents.js'

export type Format = 'ndjson' | 'csv'
export const formats: readonly Format[] = ['ndjson', 'csv']

export interface EventView {
  readonly epoch: string
  typeOf(tag: string): string
}

/** The first line of a file; undefined if it has none of its own. */
export const heads: Readonly<Record<Format, string | undefined>> = {
  ndjson: undefined,
  csv: 'time,tag,type,source,id,data',
}

/** The line of an event: a CloudEvent, or values with commas between them (RFC 4180). */
export function lineOf(event: Event, format: Format, view: EventView): string {
  const whole = toCloudEvent(event, view)
  return format === 'ndjson' ? JSON.stringify(whole) : csvLine(event, whole)
}

function csvLine({ tag, source, time }: Event, { id, type, data, data_base64 }: CloudEvent): string {
  const body = data === undefined ? (data_base64 ?? '') : JSON.stringify(data)
  return [formatTime(time), tag, type, source, id, body].map(csvValue).join(',')
}

/** Programs for tables take a value that begins like this for a formula. */
const FORMULA = /^[=+\-@\t\r]/

function csvValue(text: string): string {
  const plain = FORMULA.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}
