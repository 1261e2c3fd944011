import type { RowText } from './row-text.js'

interface Row {
  readonly element: HTMLElement
  readonly cells: Readonly<Record<Cell, HTMLElement>>
  readonly columns: readonly HTMLElement[]
  shown: RowText | undefined
  state: RowState
}

export interface RowState {
  readonly isSelected: boolean
  /** True for the row that keys move from. */
  readonly isCurrent: boolean
  readonly isMarked: boolean
}

const cells = ['mark', 'time', 'source', 'tag', 'summary'] as const
type Cell = (typeof cells)[number]

const NONE: RowState = { isSelected: false, isCurrent: false, isMarked: false }
const EMPTY: RowText = { kind: 'event', severity: '', time: '', source: '', tag: '', summary: '', title: '' }
/** Every colour has a shape as well. */
const marks = { '': '', error: '✕', warning: '▲', success: '✓' } as const

/** A fixed number of row elements, whose text is replaced: elements and listeners never become more. */
export class RowPool {
  readonly #grid: HTMLElement
  readonly #columns: number
  #rows: Row[] = []

  /** `columns`: those besides the usual ones. */
  constructor(grid: HTMLElement, columns: number) {
    this.#grid = grid
    this.#columns = columns
  }

  get size(): number {
    return this.#rows.length
  }

  /** px */
  get heights(): number[] {
    return this.#rows.map(({ element }) => element.offsetHeight)
  }

  resize(count: number): void {
    while (this.#rows.length > count) this.#rows.pop()!.element.remove()
    while (this.#rows.length < count) {
      const row = makeRow(this.#rows.length, this.#columns)
      this.#grid.append(row.element)
      this.#rows.push(row)
    }
  }

  /** Shows a row at this place; undefined: nothing. */
  show(place: number, number: number, text: RowText | undefined, state: RowState): void {
    const row = this.#rows[place]
    const next = text ?? EMPTY
    row.element.setAttribute('aria-rowindex', String(Math.max(1, number + 1)))
    const { isSelected, isCurrent, isMarked } = state
    if (row.state.isSelected !== isSelected) row.element.setAttribute('aria-selected', String(isSelected))
    if (row.state.isCurrent !== isCurrent) row.element.tabIndex = isCurrent ? 0 : -1
    if (row.state.isMarked !== isMarked) row.element.toggleAttribute('data-marked', isMarked)
    row.state = state
    if (row.shown === next) return
    const before = row.shown ?? EMPTY
    if (before.kind !== next.kind || before.severity !== next.severity || row.shown === undefined) {
      row.element.dataset.kind = next.kind
      row.element.dataset.severity = next.severity
      row.cells.mark.textContent = marks[next.severity]
      row.cells.mark.ariaLabel = next.severity || null
    }
    if (before.title !== next.title) row.element.title = next.title
    if (before.time !== next.time) row.cells.time.textContent = next.time
    if (before.source !== next.source) row.cells.source.textContent = next.source
    if (before.tag !== next.tag) row.cells.tag.textContent = next.tag
    for (const [nth, cell] of row.columns.entries()) cell.textContent = next.columns?.[nth] ?? ''
    if (before.summary !== next.summary) row.cells.summary.textContent = next.summary
    row.shown = next
  }

  /** The place of the row that has this element. */
  placeOf(target: EventTarget | null): number {
    const element = (target as Element | null)?.closest?.('[role="row"]')
    return this.#rows.findIndex((row) => row.element === element)
  }

  focus(place: number): void {
    this.#rows[place]?.element.focus({ preventScroll: true })
  }
}

function makeRow(place: number, columns: number): Row {
  const element = document.createElement('div')
  element.setAttribute('role', 'row')
  element.className = 'row'
  element.tabIndex = place === 0 ? 0 : -1
  const make = (name: string) => {
    const cell = document.createElement('span')
    cell.setAttribute('role', 'gridcell')
    cell.className = name
    return cell
  }
  const [mark, time, source, tag, summary] = cells.map(make)
  const more = Array.from({ length: columns }, () => make('column'))
  element.append(mark, time, source, tag, ...more, summary)
  return {
    element,
    cells: { mark, time, source, tag, summary },
    columns: more,
    shown: undefined,
    state: NONE,
  }
}
