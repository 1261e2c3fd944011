import { cut, displayWidth, escapeText, padEnd, padStart } from './text.js'

export interface Column<Row> {
  title: string
  text(row: Row): string
  right?: boolean
  /** Is narrowed first if the terminal is too narrow. */
  flexible?: boolean
}

const GAP = '  '

/** Title and rows as lines without line feeds, no wider than `width`; texts are escaped here. */
export function tableLines<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width = Number.POSITIVE_INFINITY,
): string[] {
  const cells = [
    columns.map((column) => column.title),
    ...rows.map((row) => columns.map((column) => escapeText(column.text(row)))),
  ]
  const widths = columns.map((_, at) => Math.max(...cells.map((line) => displayWidth(line[at]))))
  narrow(columns, widths, width)
  return cells.map((line) => cut(joinLine(columns, widths, line), width))
}

function joinLine<Row>(
  columns: readonly Column<Row>[],
  widths: readonly number[],
  line: readonly string[],
): string {
  const texts = line.map((text, at) => {
    const fitting = cut(text, widths[at])
    return columns[at].right ? padStart(fitting, widths[at]) : padEnd(fitting, widths[at])
  })
  return texts.join(GAP).trimEnd()
}

/** Narrows the widest flexible column until all fit, but no column below its title. */
function narrow<Row>(columns: readonly Column<Row>[], widths: number[], width: number): void {
  let over = widths.reduce((sum, each) => sum + each, GAP.length * (columns.length - 1)) - width
  while (over > 0) {
    const candidates = columns
      .map((column, at) => ({
        at,
        room: column.flexible ? widths[at] - Math.max(8, column.title.length) : 0,
      }))
      .filter(({ room }) => room > 0)
      .sort((a, b) => b.room - a.room)
    if (candidates.length === 0) return
    const [widest, next] = candidates
    const step = Math.min(over, Math.max(1, widest.room - (next?.room ?? 0)))
    widths[widest.at] -= Math.min(step, widest.room)
    over -= Math.min(step, widest.room)
  }
}

/** `name  value` lines, values aligned. */
export function factLines(
  facts: readonly (readonly [name: string, value: string | undefined])[],
  width?: number,
): string[] {
  const known = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [[escapeText(name), value] as const],
  )
  const names = Math.max(...known.map(([name]) => name.length))
  return known.map(([name, value]) =>
    cut(`${padEnd(name, names)}${GAP}${escapeText(value)}`, width ?? Number.POSITIVE_INFINITY),
  )
}
