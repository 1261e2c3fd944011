import { type Signal, signal } from '@preact/signals'
import { type Event, formatCursor, type Status, type TocsinError } from 'tocsin/browser'
import type { EventPage } from '../../../src/methods/contract/index.js'
import { report } from '../../hub/connection.js'
import { hub } from '../../hub/live.js'
import { type Behind, behindOf } from './catching-up.js'
import type { Followed } from './edges/edge-answers.js'
import { gapMarker } from './gap-text.js'
import { isFollowing, isStopped, type ListChange, type ListState, stateAfter } from './list-state.js'
import { follow, type PagePlace, readPage, startText } from './log-pages.js'
import { EventStore, type Frames, type Marker } from './store.js'
import type { TailQuery } from './tail-query.js'
import { countWaiting, type Waiting } from './waiting.js'

const PAGE = 300
const RATE_EVERY_MS = 1000
/** After this time nobody waits for what came meanwhile. */
const LONG_MS = 60_000

/**
 * The events of the list. While it follows, a subscription appends them. A pause ends the subscription and keeps its
 * cursor: the hub has all the rest in its log, and delivers it when the subscription goes on from there.
 */
export class Tail {
  readonly store = new EventStore()
  readonly mode: Signal<ListState> = signal('loading')
  /** While it is catching up, for longer than a moment. */
  readonly behind = signal<Behind | undefined>(undefined)
  readonly waiting = signal<Waiting | undefined>(undefined)
  /** Events a second while following. */
  readonly rate = signal(0)
  readonly failure = signal<TocsinError | Error | undefined>(undefined)
  /** Called when rows have come or gone. */
  onRows: () => void = () => {}

  #query: TailQuery = { filters: undefined }
  #running = new AbortController()
  #subscription: Followed | undefined
  /** Code for the answers of edge hubs; undefined while the list has events of this hub. */
  #edges: typeof import('./edges/edge-answers.js') | undefined
  #epoch = ''
  /** Where the rows end: the next ones come after this cursor. */
  #end = ''
  /** Where older rows end, for the next page; undefined: the first row is that of the log. */
  #before: string | undefined
  #reading: Promise<void> | undefined
  #arrived = 0
  #timer = 0
  #held = 0

  /** Shows other events. */
  async open(query: TailQuery): Promise<void> {
    this.close()
    this.#query = query
    this.#running = new AbortController()
    const { signal } = this.#running
    this.store.clear()
    this.#change('open')
    this.#end = ''
    this.#forget()
    this.onRows()
    await this.attempt(async () => {
      const client = await hub()
      if (signal.aborted) return
      this.#epoch = client.welcome.epoch
      this.#edges = query.edges === undefined ? undefined : await import('./edges/edge-answers.js')
      const { at, around = at } = query
      // That of another log means nothing here.
      if (around?.startsWith(this.#epoch)) await this.#openAt(around, around !== at)
      else if (query.from !== undefined) await this.#openRange(query.from)
      else await this.#openNow()
    })
  }

  close(): void {
    this.#running.abort()
    this.#stop()
    this.#reading = undefined
  }

  /** Stops; nothing is lost, since the log has it. */
  pause(): void {
    this.#change('hold')
    if (!isFollowing(this.mode.peek())) return
    this.#change('pause')
    this.#stop()
    this.#countWaiting()
  }

  /** Goes on: with everything that has come since, or with what comes from now on. */
  resume(how: 'catch up' | 'now'): void {
    const state = this.mode.peek()
    if (!isStopped(state) && !(how === 'now' && state === 'catching up')) return
    // It could not be opened so far.
    if (this.#end === '') return void this.open(this.#query)
    const { signal } = this.#running
    this.#change('resume')
    const skipped = this.waiting.peek()
    this.#stop()
    this.#forget()
    void this.attempt(async () => {
      if (how === 'now') await this.#skip(skipped, signal)
      if (!signal.aborted) await this.#follow()
    })
  }

  #forget(): void {
    for (const each of [this.waiting, this.failure, this.behind]) each.value = undefined
  }

  /** Goes on with another connection where it was. */
  recover(): void {
    this.failure.value = undefined
    const state = this.mode.peek()
    if (state !== 'failed' && !isFollowing(state)) return
    this.#stop()
    this.#forget()
    void (this.#end === '' ? this.open(this.#query) : this.attempt(() => this.#follow()))
  }

  /** True if new rows come by themselves, so that the list stays at its end. */
  get isMoving(): boolean {
    return isFollowing(this.mode.value) || this.mode.value === 'replaying'
  }

  /** Empties the list for a replay, which appends this event and what comes after it; before it are older events. */
  startReplay(seq: number): AbortSignal {
    this.close()
    this.#running = new AbortController()
    this.store.clear()
    this.#forget()
    this.#end = formatCursor(this.#epoch, seq - 1)
    this.#before = formatCursor(this.#epoch, seq)
    this.#change('replay')
    this.onRows()
    return this.#running.signal
  }

  /** Appends rows of a replay, the last of which has this cursor. */
  appendReplayed(frames: Frames | Marker, end: string): void {
    if ('kind' in frames) this.store.mark(frames)
    else this.store.append(frames)
    this.#end = end
    this.#trimStart()
    this.onRows()
  }

  toggleReplay(): void {
    this.#change(this.mode.peek() === 'held' ? 'continue' : 'hold')
  }

  /** The query with which the list was opened. */
  get query(): TailQuery {
    return this.#query
  }

  /** Pauses where the replay has come to. */
  endReplay(problem?: Error): void {
    this.failure.value = problem
    this.#showPaused()
  }

  /** Shows another part of the log, paused. */
  async moveTo(cursor: string): Promise<void> {
    await this.open({ ...this.#query, around: cursor })
  }

  /** Stops while nobody can see the page. */
  hold(): void {
    if (!isFollowing(this.mode.peek())) return
    this.#held = performance.now()
    this.#stop()
  }

  /** Continues after `hold`: after a while with the latest events, above which all the others are loaded. */
  release(): void {
    if (!isFollowing(this.mode.peek()) || this.#subscription !== undefined) return
    const { filters, from, edges } = this.#query
    const isShort = performance.now() - this.#held < LONG_MS
    void (isShort || from !== undefined ? this.attempt(() => this.#follow()) : this.open({ filters, edges }))
  }

  /** Loads older rows from the log, if there are any. */
  older(): Promise<void> {
    if (this.#before === undefined || this.mode.peek() === 'loading') return Promise.resolve()
    return this.#once(() => this.#readOlder())
  }

  /** Loads newer rows from the log while the list is paused. */
  newer(): Promise<void> {
    if (!isStopped(this.mode.peek())) return Promise.resolve()
    return this.#once(() => this.#readNewer())
  }

  /** The cursor of an event in the list. */
  cursorOf(event: Event): string {
    return this.#edges?.placeOf(event, this.#epoch) ?? formatCursor(this.#epoch, event.seq)
  }

  /** The cursor after which the list goes on. */
  get end(): string {
    return this.#end
  }

  async #openNow(): Promise<void> {
    const page = await this.read({ before: 'end', limit: PAGE })
    this.#end = page.cursor
    this.#takeOlder(page)
    // The newest events may be rare: the list fills up from further back.
    await this.#follow()
  }

  async #openAt(cursor: string, isAround: boolean): Promise<void> {
    const seq = Number(cursor.slice(cursor.indexOf('-') + 1))
    const last = Math.max(0, isAround ? seq - 1 : seq)
    this.#end = formatCursor(this.#epoch, last)
    this.#before = formatCursor(this.#epoch, last + 1)
    await this.#readOlder()
    // The retention may have removed all that was there.
    if (isAround || this.store.lastEvent === undefined)
      this.#takeNewer(await this.read({ from: this.#end, limit: PAGE }))
    this.#showPaused()
  }

  async #openRange(from: string): Promise<void> {
    this.#before = undefined
    this.#takeNewer(await this.read({ from, limit: PAGE }))
    this.#showPaused()
  }

  #showPaused(): void {
    this.#change('show past')
    this.#countWaiting(this.store.lastEvent?.time)
    this.onRows()
  }

  async #follow(): Promise<void> {
    const { signal } = this.#running
    const client = await hub()
    if (signal.aborted) return
    const subscription = follow(client, this.#query, this.#end, this.#edges)
    this.#subscription = subscription
    this.#change('subscribe')
    this.#arrived = 0
    this.#timer = window.setInterval(() => {
      this.rate.value = (this.#arrived * 1000) / RATE_EVERY_MS
      this.#arrived = 0
      void this.#measure()
    }, RATE_EVERY_MS)
    void this.attempt(() => this.#take(subscription))
    this.onRows()
  }

  async #take(subscription: Followed): Promise<void> {
    for await (const item of subscription.batches()) {
      if (this.#subscription !== subscription) return
      if (item.status === undefined) {
        this.store.append(item)
        this.#arrived += item.count
        const { cursor, lastSeq = 0 } = item
        this.#end = cursor ?? (lastSeq > 0 ? formatCursor(this.#epoch, lastSeq) : this.#end)
      } else this.#note(item)
      this.#trimStart()
      this.onRows()
    }
  }

  #note(status: Status): void {
    if ('cursor' in status && status.cursor !== undefined) this.#end = status.cursor
    if (status.status === 'gap') this.store.mark(gapMarker({ ...status, reason: status.why }))
    else if (status.status === 'live') this.#change('caught up')
    else if (status.status === 'reconnecting' || status.status === 'connected') {
      const isBack = status.status === 'connected'
      this.#change(isBack ? 'connect' : 'lose connection')
      report('list', isBack ? 'connected' : 'lost')
    }
    if (this.mode.peek() !== 'catching up') this.behind.value = undefined
  }

  async #measure(): Promise<void> {
    if (this.mode.peek() !== 'catching up' || this.#edges !== undefined) return
    const behind = await behindOf(this.#end, this.store.lastEvent?.time)
    if (this.mode.peek() === 'catching up') this.behind.value = behind
  }

  /** Every change of the state is one of those in `list-state.ts`. */
  #change(change: ListChange): void {
    this.mode.value = stateAfter(this.mode.peek(), change)
  }

  #stop(): void {
    clearInterval(this.#timer)
    this.rate.value = 0
    void this.#subscription?.close()
    this.#subscription = undefined
    report('list', undefined)
  }

  /** Leaves out everything up to now, and says how much that was. */
  async #skip(waiting: Waiting | undefined, signal: AbortSignal): Promise<void> {
    const { wayToNow } = await import('./way-to-now.js')
    const { end, marker } = await wayToNow(this.#query, this.#end, waiting, signal)
    if (signal.aborted) return
    this.#end = end
    if (marker !== undefined) this.store.mark(marker)
  }

  #countWaiting(since = Date.now() * 1000): void {
    clearInterval(this.#timer)
    if (this.#query.to !== undefined || this.#edges !== undefined) return
    this.#timer = countWaiting({
      filters: this.#query.filters,
      from: this.#end,
      since,
      signal: this.#running.signal,
      isCurrent: (timer) => timer === this.#timer,
      waiting: this.waiting,
    })
  }

  /** Does something that reads. When that fails, the list pauses and says why. */
  async attempt<Result>(run: () => Promise<Result>): Promise<Result | undefined> {
    const { signal } = this.#running
    try {
      const result = await run()
      return signal.aborted ? undefined : result
    } catch (error) {
      this.#fail(error, signal)
      return undefined
    }
  }

  /** A page of events that match. */
  read(place: PagePlace): Promise<EventPage> {
    return readPage(this.#query, place, this.#running.signal, this.#edges)
  }

  #once(read: () => Promise<void>): Promise<void> {
    this.#reading ??= this.attempt(read).finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #readOlder(): Promise<void> {
    const { signal } = this.#running
    // A page without a match may be empty: the hub has stopped at its limit of work.
    for (let rows = this.store.first; rows === this.store.first && this.#before !== undefined; ) {
      const page = await this.read({ before: this.#before, limit: PAGE })
      if (signal.aborted) return
      this.#takeOlder(page)
      if (page.count > 0) break
    }
    if (isStopped(this.mode.peek()) && this.store.trim('end')) this.#endAtLast()
    this.onRows()
  }

  #takeOlder({ frames, count, next, gaps }: EventPage): void {
    this.store.prepend({ bytes: frames, count }, 'falling')
    for (const gap of gaps) this.store.markFirst(gapMarker(gap))
    this.#before = next
    if (next === undefined) this.store.markFirst({ kind: 'start', text: startText(this.#query) })
  }

  async #readNewer(): Promise<void> {
    const { signal } = this.#running
    const page = await this.read({ from: this.#end, limit: PAGE })
    if (signal.aborted || !isStopped(this.mode.peek())) return
    this.#takeNewer(page)
    if (page.count > 0) this.#countWaiting(this.store.lastEvent?.time)
    this.#trimStart()
    this.onRows()
  }

  #takeNewer({ frames, count, next, cursor, gaps }: EventPage): void {
    for (const gap of gaps) this.store.mark(gapMarker(gap))
    this.store.append({ bytes: frames, count })
    this.#end = next ?? cursor
  }

  #trimStart(): void {
    const first = this.store.trim('start') ? this.store.firstEvent : undefined
    if (first !== undefined) this.#before = this.cursorOf(first)
  }

  #endAtLast(): void {
    const last = this.store.lastEvent
    if (last === undefined) return
    this.#end = this.cursorOf(last)
    this.#countWaiting(last.time)
  }

  #fail(error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return
    if (this.mode.peek() !== 'paused') this.#stop()
    this.#change('fail')
    this.failure.value = error as Error
  }
}
