import type { RowText } from './row-text.js'

interface Row {
  readonly element: HTMLElement
  readonly cells: Readonly<Record<Cell, HTMLElement>>
  shown: RowText | undefined
  isSelected: boolean
  isMarked: boolean
}

const cells = ['mark', 'time', 'source', 'tag', 'summary'] as const
type Cell = (typeof cells)[number]

const EMPTY: RowText = { kind: 'event', severity: '', time: '', source: '', tag: '', summary: '', title: '' }
/** Every colour has a shape as well. */
const marks = { '': '', error: '✕', warning: '▲', success: '✓' } as const

/** A fixed number of row elements, whose text is replaced: elements and listeners never become more. */
export class RowPool {
  readonly #grid: HTMLElement
  #rows: Row[] = []

  constructor(grid: HTMLElement) {
    this.#grid = grid
  }

  get size(): number {
    return this.#rows.length
  }

  resize(count: number): void {
    while (this.#rows.length > count) this.#rows.pop()!.element.remove()
    while (this.#rows.length < count) {
      const row = makeRow(this.#rows.length)
      this.#grid.append(row.element)
      this.#rows.push(row)
    }
  }

  /** Shows a row at this place; undefined: nothing. */
  show(
    place: number,
    number: number,
    text: RowText | undefined,
    isSelected: boolean,
    isMarked: boolean,
  ): void {
    const row = this.#rows[place]
    const next = text ?? EMPTY
    row.element.setAttribute('aria-rowindex', String(Math.max(1, number + 1)))
    if (row.isSelected !== isSelected) {
      row.element.setAttribute('aria-selected', String(isSelected))
      row.element.tabIndex = isSelected ? 0 : -1
      row.isSelected = isSelected
    }
    if (row.isMarked !== isMarked) {
      row.element.toggleAttribute('data-marked', isMarked)
      row.isMarked = isMarked
    }
    if (row.shown === next) return
    const before = row.shown ?? EMPTY
    if (before.kind !== next.kind || before.severity !== next.severity || row.shown === undefined) {
      row.element.dataset.kind = next.kind
      row.element.dataset.severity = next.severity
      row.cells.mark.textContent = marks[next.severity]
    }
    if (before.title !== next.title) row.element.title = next.title
    if (before.time !== next.time) row.cells.time.textContent = next.time
    if (before.source !== next.source) row.cells.source.textContent = next.source
    if (before.tag !== next.tag) row.cells.tag.textContent = next.tag
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

function makeRow(place: number): Row {
  const element = document.createElement('div')
  element.setAttribute('role', 'row')
  element.className = 'row'
  element.tabIndex = place === 0 ? 0 : -1
  const made = cells.map((name) => {
    const cell = document.createElement('span')
    cell.setAttribute('role', 'gridcell')
    cell.className = name
    element.append(cell)
    return [name, cell] as const
  })
  return {
    element,
    cells: Object.fromEntries(made) as Row['cells'],
    shown: undefined,
    isSelected: false,
    isMarked: false,
  }
}
