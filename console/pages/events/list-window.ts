import type { Signal } from '@preact/signals'
import { Event } from 'tocsin/browser'
import type { KnownTypes } from '../../hub/types.js'
import { visible } from '../../text/visible.js'
import { columns } from './columns/columns.js'
import { markedSeqs } from './marks.js'
import { RowPool } from './row-pool.js'
import { eventText, markerText, type RowText } from './row-text.js'
import { makeRoomForTags, showSources } from './row-widths.js'
import type { Marker } from './store.js'
import type { Tail } from './tail.js'
import { betterEnd, fitting } from './wrap/fitting.js'
import { isWrapped } from './wrap/wrapped.js'

/** Rows are drawn at most this often, ms: nobody reads faster. */
const DRAW_EVERY_MS = 100
/** With fewer rows than this before the window, older ones are loaded. */
const NEAR = 60
const CACHED = 400
/** A row that is wanted moves the window, and then what is left of the room may. */
const MOST_MOVES = 3

/** The rows that can be seen: a window over the rows of the tail, which wheel and keys move by rows. */
export class ListWindow {
  readonly #grid: HTMLElement
  /** With what lies above the rows, where the wheel moves them too. */
  readonly #pane: HTMLElement
  readonly #tail: Tail
  readonly #types: KnownTypes
  readonly #pool: RowPool
  readonly #observer: ResizeObserver
  readonly #onCount: (rows: number) => void
  /** Number of rows that are selected together; 0 for one row. */
  readonly #picked: Signal<number>
  /** Called after the rows were drawn. */
  onDraw: () => void = () => {}
  readonly #cache = new Map<Event | Marker | number, RowText>()
  /** The rows that were drawn last, from the first one on: the tail may have more by now. */
  #shown: { top: number; items: readonly (Event | Marker | undefined)[] } = { top: 0, items: [] }
  #height = 24
  /** Characters of a tag that are shown. */
  #tagRoom = 0
  /** Those of the rows that were drawn. */
  readonly #sources = new Set<string>()
  /** Number of the row below the last one shown; undefined: the end, whatever it is. */
  #bottom: number | undefined
  #selected: number | undefined
  /** The other end of several rows that are selected. */
  #anchor: number | undefined
  /** The row that must be seen as a whole where rows have different heights. */
  #wanted: number | undefined
  /** Number of rows that are seen as a whole. */
  #fit = 1
  #wheel = 0
  #touch = 0
  #drawn = 0
  #timer = 0
  #frame = 0

  constructor(
    grid: HTMLElement,
    tail: Tail,
    types: KnownTypes,
    picked: Signal<number>,
    onCount: (rows: number) => void,
  ) {
    this.#grid = grid
    this.#pane = grid.parentElement ?? grid
    this.#tail = tail
    this.#types = types
    this.#picked = picked
    this.#onCount = onCount
    this.#pool = new RowPool(grid, columns.peek().length)
    this.#observer = new ResizeObserver(() => this.#measure())
    this.#observer.observe(grid)
    this.#pane.addEventListener('wheel', this.#onWheel, { passive: false })
    grid.addEventListener('touchstart', this.#onTouchStart, { passive: true })
    grid.addEventListener('touchmove', this.#onTouchMove, { passive: false })
    tail.onRows = () => this.draw()
    this.#measure()
  }

  close(): void {
    this.#observer.disconnect()
    this.#pane.removeEventListener('wheel', this.#onWheel)
    this.#grid.removeEventListener('touchstart', this.#onTouchStart)
    this.#grid.removeEventListener('touchmove', this.#onTouchMove)
    this.#tail.onRows = () => {}
    clearTimeout(this.#timer)
    cancelAnimationFrame(this.#frame)
    this.#pool.resize(0)
  }

  /** Gives the focus to the selected row, or to the last one. */
  focus(): void {
    this.#pool.focus((this.#selected ?? this.#end - 1) - this.#top)
  }

  /** The selected event; undefined if there is none, or it is not loaded any more. */
  get selected(): Event | undefined {
    const item = this.#selected === undefined ? undefined : this.#tail.store.at(this.#selected)
    return item instanceof Event ? item : undefined
  }

  /** All events that are selected and still loaded. */
  get selection(): Event[] {
    const [from, to] = this.#ends
    return Array.from({ length: to - from + 1 }, (_, nth) => this.#tail.store.at(from + nth)).filter(isEvent)
  }

  /** The first and the last event that can be seen. */
  get firstShown(): Event | undefined {
    const { end } = this.#tail.store
    return this.#eventBetween(Math.max(this.#top, this.#end - this.#fit), Math.min(this.#end, end))
  }

  get lastShown(): Event | undefined {
    return this.#eventBetween(Math.min(this.#end, this.#tail.store.end) - 1, this.#top - 1)
  }

  /** Moves the selection, or makes it longer; the first move selects the last event that can be seen. */
  move(by: number, isLonger = false): Event | undefined {
    const { store } = this.#tail
    this.#tail.pause()
    const start = this.#selected ?? this.#end + (by < 0 ? 0 : -1)
    for (let row = start + by; row >= store.first && row < store.end; row += Math.sign(by)) {
      if (store.at(row) instanceof Event) return this.select(row, isLonger)
    }
    if (by < 0) void this.#tail.older()
    else void this.#tail.newer()
    return this.selected
  }

  select(row: number, isLonger = false): Event | undefined {
    this.#anchor = isLonger ? (this.#anchor ?? this.#selected) : undefined
    this.#selected = row
    this.#wanted = row
    this.#bottom ??= this.#tail.store.end
    if (row >= this.#bottom) this.#bottom = row + 1
    if (row < this.#bottom - this.#visible) this.#bottom = row + this.#visible
    this.#drawNow()
    this.#pool.focus(row - this.#top)
    return this.selected
  }

  /** Selects the event with this number if it is loaded, and shows it in the middle. */
  selectSeq(seq: number): Event | undefined {
    const row = this.#rowFrom(seq)
    if (row === undefined || !this.#isAt(row, seq)) return undefined
    this.#anchor = undefined
    this.#selected = row
    this.#showInMiddle(row)
    return this.selected
  }

  /** Shows the rows around the place where the event with this number was. */
  showPlaceOf(seq: number): void {
    const row = this.#rowFrom(seq)
    if (row !== undefined) this.#showInMiddle(row)
  }

  unselect(): void {
    this.#anchor = undefined
    this.#selected = undefined
    this.draw()
  }

  /** Selects the event that is shown where the click was. */
  clicked(event: MouseEvent): Event | undefined {
    const place = this.#pool.placeOf(event.target)
    const { top, items } = this.#shown
    const item = items[place]
    if (!(item instanceof Event)) return undefined
    this.#tail.pause()
    const isHere = this.#isAt(top + place, item.seq)
    return isHere ? this.select(top + place, event.shiftKey) : this.selectSeq(item.seq)
  }

  toEnd(): void {
    this.#wanted = undefined
    this.#bottom = undefined
    this.unselect()
  }

  toStart(): void {
    this.#tail.pause()
    this.#wanted = this.#tail.store.first
    this.#bottom = this.#tail.store.first + this.#visible
    this.draw()
  }

  /** Moves the window; moving up pauses. */
  scroll(rows: number): void {
    if (rows === 0) return
    const { store } = this.#tail
    if (rows < 0) this.#tail.pause()
    const areWrapped = isWrapped.peek()
    // Rows that are higher leave none of those before them out.
    this.#wanted = areWrapped && rows > 0 && this.#end < store.end ? this.#end : undefined
    if (areWrapped && rows < 0 && this.#end - this.#fit <= store.first) return void this.#tail.older()
    const most = areWrapped ? this.#fit : Number.POSITIVE_INFINITY
    const bottom = (this.#bottom ?? store.end) + Math.max(-most, Math.min(most, rows))
    const least = Math.min(store.end, store.first + (areWrapped ? 1 : this.#visible))
    this.#bottom = Math.max(least, Math.min(store.end, bottom))
    if (this.#tail.isMoving) this.#bottom = undefined
    if (rows > 0 && this.#bottom === store.end) void this.#tail.newer()
    this.draw()
  }

  /** Draws all rows again: their texts have another length. */
  redraw(): void {
    this.#cache.clear()
    this.#wanted = this.#selected
    this.#measure()
  }

  /** Draws soon. */
  draw(): void {
    if (this.#frame !== 0 || this.#timer !== 0) return
    const wait = Math.max(0, this.#drawn + DRAW_EVERY_MS - performance.now())
    this.#timer = window.setTimeout(() => {
      this.#timer = 0
      this.#frame = requestAnimationFrame(() => this.#drawNow())
    }, wait)
  }

  get #end(): number {
    return this.#bottom ?? this.#tail.store.end
  }

  get #visible(): number {
    return Math.max(1, Math.floor(this.#grid.clientHeight / this.#height))
  }

  /** Number of the first row shown. */
  get #top(): number {
    return Math.max(this.#tail.store.first, this.#end - this.#visible)
  }

  /** The first row that is selected and the last one; none: the last is before the first. */
  get #ends(): [first: number, last: number] {
    if (this.#selected === undefined) return [0, -1]
    const anchor = this.#anchor ?? this.#selected
    return [Math.min(anchor, this.#selected), Math.max(anchor, this.#selected)]
  }

  /** The row of the first event with at least this number. */
  #rowFrom(seq: number): number | undefined {
    const { store } = this.#tail
    for (let row = store.first; row < store.end; row++) {
      const item = store.at(row)
      if (item instanceof Event && item.seq >= seq) return row
    }
    return undefined
  }

  #isAt(row: number, seq: number): boolean {
    const item = this.#tail.store.at(row)
    return item instanceof Event && item.seq === seq
  }

  #showInMiddle(row: number): void {
    const { store } = this.#tail
    const bottom = Math.max(row + Math.ceil(this.#visible / 2), store.first + this.#visible)
    this.#bottom = Math.min(store.end, bottom)
    this.#wanted = row
    this.#drawNow()
  }

  #eventBetween(from: number, to: number): Event | undefined {
    const step = Math.sign(to - from)
    for (let row = from; row !== to; row += step) {
      const item = this.#tail.store.at(row)
      if (item instanceof Event && item.seq > 0) return item
    }
    return undefined
  }

  #drawNow(): void {
    this.#frame = 0
    this.#drawn = performance.now()
    const { store } = this.#tail
    if (this.#tail.isMoving) this.#bottom = undefined
    else this.#bottom ??= store.end
    // Rows that were loaded before have been replaced.
    if (this.#bottom !== undefined) this.#bottom = Math.min(this.#bottom, store.end)
    this.#showRows()
    for (let moves = 0; moves < MOST_MOVES && this.#moveToFit(); moves++) this.#showRows()
    // A row that says where the log begins is no event.
    const hasOnlyMarker = store.end - store.first === 1 && !(store.at(store.first) instanceof Event)
    this.#onCount(hasOnlyMarker ? 0 : store.end - store.first)
    this.#grid.dataset.rows = String(store.end - store.first)
    // Rows that came while the list follows have the numbers from 0 on.
    this.#grid.dataset.arrived = String(store.end)
    if (this.#top - store.first < NEAR) void this.#tail.older()
    showSources(this.#grid, this.#sources)
    this.onDraw()
  }

  #showRows(): void {
    const { store } = this.#tail
    const top = this.#top
    this.#pool.resize(isWrapped.peek() ? Math.max(1, this.#end - top) : this.#visible)
    const items = Array.from({ length: this.#pool.size }, (_, place) => store.at(top + place))
    this.#shown = { top, items }
    const [first, last] = this.#ends
    this.#picked.value = this.#anchor === undefined ? 0 : last - first + 1
    for (const [place, item] of items.entries()) {
      const row = top + place
      const text = item && this.#textOf(item)
      this.#pool.show(place, row - store.first, text, {
        isSelected: row >= first && row <= last,
        isCurrent: row === this.#selected,
        isMarked: isMarked(item),
      })
    }
  }

  /** With rows of different heights, the last one ends where the list ends. False if all are where they should be. */
  #moveToFit(): boolean {
    this.#fit = this.#visible
    if (!isWrapped.peek()) return false
    const { first, end } = this.#tail.store
    const heights = this.#pool.heights
    const room = this.#grid.clientHeight
    this.#fit = Math.max(1, fitting(heights, room))
    this.#grid.scrollTop = this.#grid.scrollHeight
    const bottom = betterEnd({ heights, room, top: this.#top, first, end, wanted: this.#wanted })
    if (this.#tail.isMoving || bottom === undefined) return false
    this.#wanted ??= first
    this.#bottom = Math.min(bottom, this.#top + this.#visible)
    return true
  }

  #textOf(item: Event | Marker): RowText {
    // Numbers tell events apart only in the log of one hub.
    const hasNumber = item instanceof Event && item.seq > 0 && this.#tail.query.edges === undefined
    const key = hasNumber ? item.seq : item
    const known = this.#cache.get(key)
    if (known !== undefined) return known
    const text = item instanceof Event ? this.#eventText(item) : markerText(item)
    if (this.#cache.size >= CACHED) this.#cache.clear()
    this.#cache.set(key, text)
    return text
  }

  /** The name of the edge hub that has answered says more than the source. */
  #eventText(event: Event): RowText {
    const text = eventText(event, this.#types, columns.peek(), isWrapped.peek(), this.#tagRoom)
    const { edge } = event.attributes
    const isOfEdge = this.#tail.query.edges !== undefined && edge !== undefined
    const source = isOfEdge ? visible(String(edge)) : text.source
    if (this.#sources.size < 2) this.#sources.add(source)
    return isOfEdge ? { ...text, source, title: `${text.source}\n${text.title}` } : text
  }

  #measure(): void {
    if (this.#pool.size === 0) this.#pool.resize(1)
    const room = makeRoomForTags(this.#grid)
    if (room !== this.#tagRoom) this.#cache.clear()
    this.#tagRoom = room
    const row = this.#grid.querySelector('[role="row"]')
    const least = row === null ? 0 : Number.parseFloat(getComputedStyle(row).minHeight)
    this.#height = least || row?.getBoundingClientRect().height || 24
    this.#drawNow()
  }

  #onWheel = (event: WheelEvent): void => {
    if (event.ctrlKey) return
    event.preventDefault()
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? this.#height : 1
    this.#wheel += event.deltaY * unit
    const rows = Math.trunc(this.#wheel / this.#height)
    this.#wheel -= rows * this.#height
    this.scroll(rows)
  }

  #onTouchStart = ({ touches }: TouchEvent): void => {
    this.#touch = touches[0].clientY
  }

  #onTouchMove = (event: TouchEvent): void => {
    event.preventDefault()
    const rows = Math.trunc((this.#touch - event.touches[0].clientY) / this.#height)
    this.#touch -= rows * this.#height
    this.scroll(rows)
  }
}

function isEvent(item: Event | Marker | undefined): item is Event {
  return item instanceof Event
}

function isMarked(item: Event | Marker | undefined): boolean {
  const marked = markedSeqs.peek()
  return marked.size > 0 && item instanceof Event && marked.has(item.seq)
}
