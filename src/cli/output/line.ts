import { formatCursor } from '../../event/cursor.js'
import type { Event } from '../../event/event.js'
import { ownTime } from '../../event/own-time.js'
import { severityOf } from '../../types/severity.js'
import { summaryOf } from '../../types/summary.js'
import { type Colors, type Paint, tagPaint } from '../terminal/colors.js'
import { cut, cutMiddle, displayWidth, escapeText, padEnd } from '../terminal/text.js'
import type { EventFormat, View } from './formats.js'
import { type TimeStyle, Times } from './times.js'

const GAP = '  '
/** The limit of a summary if no terminal sets one. */
const SUMMARY_CHARACTERS = 2000
/** Share of a terminal that tags are aligned to; a longer one may take what the summary leaves. */
const TAG_SHARE = 0.36

export type LineView = Pick<View, 'colors' | 'columns' | 'displayOf' | 'namesEdges'>

/**
 * Time, tag and a summary of the data: one line, never wider than the terminal. Where the source says more than the
 * tag, it comes last. On a terminal, tags are aligned, and a new day has a line of its own.
 */
export function lineFormat(view: View, time?: TimeStyle): EventFormat {
  const times = new Times(time ?? usualTime(view))
  let column = 0
  return {
    binary: false,
    encode: (event) => {
      const { columns } = view
      const width = columns()
      if (width !== undefined) column = Math.max(column, Math.min(displayWidth(event.tag), tagColumn(width)))
      const at = ownTime(event)
      const day = times.newDay(at)
      const line = eventLine(event, view, times.text(at), column)
      return day === undefined ? `${line}\n` : `${view.colors.bold(cut(day, width ?? day.length))}\n${line}\n`
    },
  }
}

/** Everything that a line can say, however wide the terminal is: time, cursor, tag, source and summary. */
export function longFormat(view: View, time: TimeStyle = 'utc'): EventFormat {
  const times = new Times(time)
  const { colors } = view
  return {
    binary: false,
    encode: (event) => {
      const pieces = [
        colors.dim(times.text(ownTime(event))),
        ...(event.seq === 0 || view.namesEdges ? [] : [formatCursor(view.epoch, event.seq)]),
        ...edgeOf(event, view),
        tagPaint(colors, event.tag)(escapeText(event.tag)),
        colors.dim(escapeText(event.source)),
        paintOf(colors, event)(eventSummary(event, view, SUMMARY_CHARACTERS)),
      ]
      return `${pieces.filter((piece) => piece !== '').join(GAP)}\n`
    },
  }
}

/** `column`: to which tags are aligned. */
export function eventLine(
  event: Event,
  view: LineView,
  time = new Times(usualTime(view)).text(ownTime(event)),
  column = 0,
): string {
  const { colors } = view
  const columns = view.columns()
  const line = new Line(columns ?? Number.POSITIVE_INFINITY)
  line.add(time, colors.dim)
  for (const edge of edgeOf(event, view)) line.add(edge, colors.cyan)
  const summary = eventSummary(event, view, Math.min(line.room, SUMMARY_CHARACTERS))
  const tag = tagText(event, line.room - 2 * GAP.length, summary, columns)
  line.add(summary === '' ? tag : padEnd(tag, Math.min(column, line.room)), tagPaint(colors, event.tag))
  line.add(summary, paintOf(colors, event))
  if (saysMore(event)) line.addWhole(`[${escapeText(event.source)}]`, colors.dim)
  return line.text
}

/** The name of the edge hub that has answered with the event. */
function edgeOf({ attributes }: Event, { namesEdges }: LineView): string[] {
  return namesEdges ? [escapeText(String(attributes.edge ?? '@here'))] : []
}

function usualTime(view: Pick<View, 'columns'>): TimeStyle {
  return view.columns() === undefined ? 'utc' : 'short'
}

function tagColumn(columns: number): number {
  return Math.floor(columns * TAG_SHARE)
}

/** The tag, as long as the summary allows, but at least so long that it can be aligned. */
function tagText({ tag }: Event, room: number, summary: string, columns: number | undefined): string {
  const text = escapeText(tag)
  if (columns === undefined) return text
  return cutMiddle(text, Math.max(tagColumn(columns), room - displayWidth(summary)))
}

/** Returns whether the source is not what the tag begins with, and not the hub itself. */
function saysMore({ tag, source }: Event): boolean {
  const isHub = tag.startsWith('hub/') && source.startsWith('hub/')
  return source !== '' && !isHub && tag !== source && !tag.startsWith(`${source}/`)
}

function eventSummary(event: Event, { displayOf }: LineView, room: number): string {
  const display = displayOf?.(event)
  const isBlank = event.data === null && display === undefined
  const summary = isBlank ? '' : escapeText(summaryOf(event.data, room, display))
  return event.redelivered ? `(redelivered) ${summary}` : summary
}

function paintOf(colors: Colors, event: Event): Paint {
  if (!colors.isColorSupported) return String
  const severity = severityOf(event.data)
  if (severity === 'error') return colors.red
  if (severity === 'warning') return colors.yellow
  return severity === 'success' ? colors.green : String
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

  /** The same for a piece that says nothing if it is cut. */
  addWhole(piece: string, paint: Paint): void {
    if (GAP.length + displayWidth(piece) <= this.room) this.add(piece, paint)
  }
}
