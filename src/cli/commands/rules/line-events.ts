import { encodeAttributes } from '../../../event/attributes.js'
import { Event } from '../../../event/event.js'
import { encodeFrame, setFrameSeq, setFrameTime } from '../../../event/frame.js'
import { encode } from '../../../event/index.js'
import { formatTime } from '../../../event/position.js'
import { utcZone } from '../../../event/zone.js'
import { eventOfEntry } from '../../../sources/journal/entry.js'
import { readWrittenEntry } from '../../../sources/journal/written-entry.js'
import { parseSyslog } from '../../../sources/text/syslog-message.js'
import { TextParser, textData } from '../../../sources/text/text-parser.js'
import type { TestInput } from './rule-test-file.js'

const MAX_FIELD = 64 * 1024

interface InputEvent {
  readonly tag: string
  readonly source: string
  readonly data?: unknown
  readonly attributes?: Record<string, string> | undefined
}

/** The events of an input, as the source would publish them. `now`: µs since the epoch. */
export function eventsOfInput(input: TestInput, now: number): InputEvent[] {
  const { event, lines = [] } = input
  if (event !== undefined) return [event]
  const all = typeof lines === 'string' ? lines.split('\n') : lines
  const parser = new TextParser(input.parse)
  return all
    .filter((line) => line.trim() !== '')
    .map((line, i) => withTime(lineEvent(line, input, now, (text) => parsedText(parser, text, now, i === 0))))
}

export function encodedEvent({ tag, source, data, attributes }: InputEvent, seq: number, now: number): Event {
  const bytes = encodeFrame({
    ...{ tag, source, body: encode(data ?? null) },
    ...(attributes !== undefined && { attributes: encodeAttributes(attributes) }),
  })
  setFrameSeq(bytes, 0, seq)
  setFrameTime(bytes, 0, now)
  return new Event(bytes)
}

type LineEvent = InputEvent & { readonly data: { time?: string } }

/** The sources give events the time that they read in a line. */
function withTime(event: LineEvent): InputEvent {
  const { time } = event.data
  return time === undefined ? event : { ...event, attributes: { time } }
}

function lineEvent(
  line: string,
  { source, host }: TestInput,
  now: number,
  parse: (line: string) => LineEvent['data'],
): LineEvent {
  const place = `host/${host}`
  if (source === 'syslog') return { tag: `${place}/syslog`, source: place, data: syslogData(line, now) }
  if (source === 'journal') return { tag: `${place}/journal`, source: place, data: journalData(line, now) }
  return { tag: `${place}/files/test/line`, source: place, data: parse(line) }
}

/** The first line may name the columns of the others. */
function parsedText(parser: TextParser, line: string, now: number, isFirst: boolean): LineEvent['data'] {
  return textData(line, parser.read(line, now, { place: { stream: 'lines', isFirst } }))
}

function syslogData(line: string, now: number): { time?: string } {
  const { time, ...read } = parseSyslog(line, { now, zone: utcZone })
  return { ...read, ...(time !== undefined && { time: formatTime(time) }) }
}

function journalData(line: string, now: number): { time?: string } {
  const entry = readWrittenEntry(line)
  if (entry === undefined)
    throw new Error(`${line} is no entry of the journal as journalctl -o json writes it`)
  return eventOfEntry(entry, { maxField: MAX_FIELD, parser: undefined, now }).data
}
