import type { Event } from '../../event/event.js'
import { formatTime } from '../../event/range.js'
import { type Paint, tagPaint } from '../colors.js'
import { cut, displayWidth, escapeText } from '../terminal.js'
import type { EventFormat, View } from './format.js'
import { summarize } from './summary.js'

const GAP = '  '
/** Where no terminal sets a limit, a line still has an end. */
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

/** To the millisecond, as `--from` takes it. */
function shortTime(micros: number): string {
  return `${formatTime(micros).slice(0, 23)}Z`
}

/** Painted pieces side by side, cut where the width is used up. */
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
