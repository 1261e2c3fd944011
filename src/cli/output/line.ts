import type { Event } from '../../event/event.js'
import { jsonView } from '../../event/json/view.js'
import { formatTime } from '../../event/position.js'
import { type Paint, tagPaint } from '../terminal/colors.js'
import { cut, displayWidth, escapeText } from '../terminal/text.js'
import type { EventFormat, View } from './formats.js'

const GAP = '  '
/** The limit of a line if no terminal sets one. */
const SUMMARY_CHARACTERS = 2000

/** Time, tag, source and a summary of the data: one line, never wider than the terminal. */
export function lineFormat(view: View): EventFormat {
  return { binary: false, encode: (event) => `${eventLine(event, view)}\n` }
}

export function eventLine(event: Event, view: Pick<View, 'colors' | 'columns'>): string {
  const { colors } = view
  const { tag } = event
  const line = new Line(view.columns() ?? Number.POSITIVE_INFINITY)
  line.add(shortTime(event.time), colors.dim)
  line.add(escapeText(tag), tagPaint(colors, tag))
  line.add(escapeText(event.source), colors.dim)
  if (line.room > 0) line.add(summaryOf(event, Math.min(line.room, SUMMARY_CHARACTERS)), String)
  return line.text
}

function summaryOf(event: Event, room: number): string {
  const summary = escapeText(summarize(event.data, room))
  return event.redelivered ? `(redelivered) ${summary}` : summary
}

/** To the millisecond, in a form that `--from` accepts. */
function shortTime(micros: number): string {
  return `${formatTime(micros).slice(0, 23)}Z`
}

/** Coloured pieces side by side, cut at the available width. */
class Line {
  text = ''
  room: number

  constructor(columns: number) {
    this.room = columns
  }

  add(piece: string, paint: Paint): void {
    if (piece === '') return
    const gap = this.text === '' ? '' : GAP
    const fitting = cut(piece, this.room - gap.length)
    if (fitting === '') {
      this.room = 0
      return
    }
    this.text += gap + paint(fitting)
    this.room = fitting === piece ? this.room - gap.length - displayWidth(fitting) : 0
  }
}

/**
 * The data of an event in one line for people: `retcode=0 fun=test.ping return=true`. It stops when it is
 * about `room` characters long, however large the data is. Control characters are not escaped here.
 */
export function summarize(data: unknown, room: number): string {
  const summary = new Summary(room)
  summary.top(data)
  return summary.text
}

class Summary {
  text = ''
  readonly #room: number

  constructor(room: number) {
    this.#room = room
  }

  get full(): boolean {
    return this.text.length > this.#room
  }

  top(data: unknown): void {
    const pairs = pairsOf(data)
    if (pairs === undefined) this.value(data)
    for (const [key, value] of pairs ?? []) {
      if (this.full) return
      if (this.text !== '') this.text += ' '
      this.pair(key, '=', value)
    }
  }

  pair(key: unknown, between: string, value: unknown): void {
    if (typeof key === 'string') this.text += key
    else this.value(key)
    this.text += between
    this.value(value)
  }

  value(value: unknown): void {
    if (typeof value === 'string') this.string(value)
    else if (value instanceof Uint8Array) this.text += bytesText(value)
    else if (Array.isArray(value)) this.list(value)
    else {
      const pairs = pairsOf(value)
      if (pairs) this.map(pairs)
      else this.text += scalarText(value)
    }
  }

  string(text: string): void {
    // A long text is cut before it is examined, and the cut is visible.
    const shown = text.length > this.#room ? text.slice(0, this.#room + 1) : text
    this.text += /^[^\s"={}[\],]+$/.test(shown) ? shown : JSON.stringify(shown)
  }

  list(values: readonly unknown[]): void {
    this.text += '['
    for (let at = 0; at < values.length && !this.full; at++) {
      if (at > 0) this.text += ', '
      this.value(values[at])
    }
    this.text += ']'
  }

  map(pairs: Iterable<[unknown, unknown]>): void {
    this.text += '{'
    let first = true
    for (const [key, value] of pairs) {
      if (this.full) break
      if (!first) this.text += ', '
      this.pair(key, ': ', value)
      first = false
    }
    this.text += '}'
  }
}

/** Keys and values of a map; undefined for everything else. */
function pairsOf(value: unknown): Iterable<[unknown, unknown]> | undefined {
  if (value instanceof Map) return value
  const plain =
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  return plain ? entriesOf(value) : undefined
}

function* entriesOf(value: object): Iterable<[string, unknown]> {
  for (const key in value) yield [key, (value as Record<string, unknown>)[key]]
}

const SHOWN_BYTES = 16

function bytesText(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, SHOWN_BYTES)).toString('hex')
  return `<${bytes.length} bytes${shown && ' '}${shown}${bytes.length > SHOWN_BYTES ? '…' : ''}>`
}

function scalarText(value: unknown): string {
  const view = jsonView(value)
  return typeof view === 'string' ? view : JSON.stringify(view)
}
