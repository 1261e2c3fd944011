import { TocsinError } from '../../errors/tocsin-error.js'
import type { Attributes } from '../../event/attributes.js'
import { isCursor, parseCursor } from '../../event/cursor.js'
import { type EdgePosition, formatEdgePosition, placeIn } from '../../event/edge-position.js'
import { Event } from '../../event/event.js'
import { frameBytes, frameTime } from '../../event/frame.js'
import { PATH_ATTRIBUTE } from '../../protocols/native/event-path.js'
import type { ReadGap } from '../contract/index.js'
import type { Call } from '../method.js'
import { type EdgePage, readEdgePage } from './edge-page.js'
import { Heap } from './heap.js'
import { labelledEvent, placeAfter } from './labelled-event.js'
import type { AskingContext, EdgeQuestion, HubToAsk } from './question.js'

/** Bytes of events that all hubs together send ahead. */
const AHEAD_BYTES = 16 * 1024 * 1024
const [LEAST_BYTES, MOST_BYTES] = [4 * 1024, 256 * 1024]
const LEAST_EVENTS = 16
/** Events that are merged before others have their turn. */
const STEP = 128
const NOTHING = new Uint8Array(0)

/** The range of an answer: texts as `events.read` takes them, the same for all hubs. */
export interface MergedRange {
  readonly from: string
  readonly to: string | undefined
  /** Reads backwards, from the last event before this. */
  readonly before: string | undefined
  /** The answer continues here. */
  readonly after: EdgePosition | undefined
}

export interface MergedPage {
  frames: Uint8Array
  count: number
  /** Undefined if there is no more. */
  next: string | undefined
  /** The place after the last event of the page, and after the newest one, if it has any. */
  last: string | undefined
  newest: string | undefined
  gaps: ReadGap[]
}

/** The events of one hub, or of its own edge hubs, in their order. */
interface Stream {
  readonly hub: HubToAsk
  page: EdgePage | undefined
  /** The events of the page. */
  frames: Uint8Array
  at: number
  /** Where it continues; undefined at its end. */
  next: string | undefined
  isAsked: boolean
}

/** Events of several hubs as one answer, ordered by time and then by the names of hubs. */
export class MergedEvents {
  readonly #context: AskingContext
  readonly #call: Call
  readonly #question: EdgeQuestion
  readonly #wanted: Readonly<Record<string, unknown>>
  readonly #range: MergedRange
  readonly #timeout: number
  readonly #isBackwards: boolean
  readonly #streams: Stream[]
  readonly #heap: Heap<Stream>
  #isBegun = false
  /** The hubs whose copies of events go before those of others, by the epoch of their log. */
  readonly #originals = new Map<string, Stream>()

  constructor(
    context: AskingContext,
    call: Call,
    question: EdgeQuestion,
    wanted: Readonly<Record<string, unknown>>,
    range: MergedRange,
    timeout: number,
  ) {
    this.#context = context
    this.#call = call
    this.#question = question
    this.#wanted = wanted
    this.#range = range
    this.#timeout = timeout
    this.#isBackwards = range.before !== undefined
    this.#streams = question.asked.map((hub) => ({
      hub,
      page: undefined,
      frames: NOTHING,
      at: 0,
      next: '',
      isAsked: false,
    }))
    this.#heap = new Heap((one, other) => this.#isBefore(one, other))
  }

  async page(limit: number, bytes: number): Promise<MergedPage> {
    const page = new PageBuilder()
    await this.#begin(limit, page)
    let steps = 0
    for (let stream = this.#heap.first; stream !== undefined; stream = this.#heap.first) {
      if (page.count >= limit || page.bytes >= bytes) break
      this.#take(stream, page)
      await this.#advance(stream, limit, page)
      if (++steps % STEP === 0) await this.#turn()
    }
    const last = page.last && formatEdgePosition(page.last)
    const next = this.#heap.first === undefined ? undefined : last
    const newest = this.#isBackwards ? page.first && formatEdgePosition(page.first) : last
    this.#question.count(page.count, page.bytes)
    return { frames: page.frames(), count: page.count, next, last, newest, gaps: page.gaps }
  }

  async #begin(limit: number, page: PageBuilder): Promise<void> {
    if (this.#isBegun) return
    this.#isBegun = true
    await this.#fill(this.#streams, limit, page)
    for (const stream of this.#streams) {
      const { page, hub } = stream
      if (page !== undefined && page.epoch !== '' && hub.all) this.#originals.set(page.epoch, stream)
    }
    for (const stream of this.#streams) if (hasEvent(stream)) this.#heap.add(stream)
  }

  /** Asks the streams until each has an event, or has ended. */
  async #fill(streams: readonly Stream[], limit: number, page: PageBuilder): Promise<void> {
    const end = this.#context.runtime.monotonic() + this.#timeout
    let empty = streams
    while (empty.length > 0) {
      const isLate = this.#context.runtime.monotonic() > end
      if (isLate)
        for (const { hub } of empty) this.#question.miss(hub.stream, new TocsinError('TCN_EDGE_LATE'))
      await this.#ask(empty, limit, page)
      empty = empty.filter((stream) => !hasEvent(stream) && stream.next !== undefined)
    }
  }

  async #ask(streams: readonly Stream[], limit: number, page: PageBuilder): Promise<void> {
    const open = streams.filter(({ hub }) => !this.#question.isMissing(hub))
    const number = this.#streams.length
    const bounds = {
      limit: Math.min(limit, Math.max(LEAST_EVENTS, Math.ceil((2 * limit) / number))),
      bytes: Math.min(MOST_BYTES, Math.max(LEAST_BYTES, Math.floor(AHEAD_BYTES / number))),
    }
    const byHub = new Map(open.map((stream) => [stream.hub, stream]))
    const paramsOf = (hub: HubToAsk) => ({ ...this.#wanted, ...bounds, ...this.#rangeOf(byHub.get(hub)) })
    const hubs = open.map(({ hub }) => hub)
    const pages = await this.#question.ask(hubs, 'events.read', paramsOf, readEdgePage)
    for (const stream of streams) this.#put(stream, pages[open.indexOf(stream)], page)
  }

  /** A hub that has not answered has nothing more in this answer. */
  #put(stream: Stream, found: EdgePage | undefined, page: PageBuilder): void {
    const { hub } = stream
    Object.assign(stream, {
      page: found,
      frames: found?.frames ?? NOTHING,
      at: 0,
      next: found?.next,
      isAsked: true,
    })
    if (found?.asked !== undefined) this.#question.takeBelow(hub.stream, found.asked)
    for (const gap of found?.gaps ?? [])
      page.gaps.push({
        ...gap,
        edge: hub.choice === undefined ? hub.stream : `${hub.stream}${gap.edge ?? ''}`,
      })
  }

  #rangeOf(stream: Stream | undefined): Record<string, unknown> {
    const { from, to, before, after } = this.#range
    const { hub, isAsked, next } = stream ?? {}
    const place =
      isAsked && next !== undefined ? next : after && hub && placeIn(hub.stream, after, this.#isBackwards)
    const range = this.#isBackwards ? { from, before: place ?? before } : { from: place ?? from }
    return { ...range, ...(to !== undefined && { to }) }
  }

  /** Where each hub continues with what it stores later. */
  places(): Map<string, string> {
    const read = this.#streams.flatMap(({ hub, page }) =>
      page === undefined ? [] : [[hub.stream, page.cursor] as const],
    )
    return new Map(read)
  }

  #take({ hub, page: from, at }: Stream, page: PageBuilder): void {
    if (from === undefined) return
    const { frames, epoch } = from
    if (!this.#question.isVisible(frames, at)) return
    const { attributes } = new Event(frames, at)
    if (this.#hasOriginal(hub, attributes)) return
    page.add(
      labelledEvent(hub, epoch, frames, at, attributes),
      placeAfter(hub, epoch, frames, at, attributes),
    )
  }

  /** Returns whether a hub that has answered as well has the event from which this is a copy. */
  #hasOriginal(hub: HubToAsk, { [PATH_ATTRIBUTE]: path, id }: Attributes): boolean {
    if (typeof path !== 'string') return false
    for (const epoch of path.split('.')) {
      const original = this.#originals.get(epoch)
      if (original === undefined || original.hub === hub || this.#question.isMissing(original.hub)) continue
      const first = original.page?.first ?? 0
      const isIts = typeof id === 'string' && isCursor(id) && parseCursor(id).epoch === epoch
      if (isIts ? parseCursor(id).seq >= first : first <= 1) return true
    }
    return false
  }

  async #advance(stream: Stream, limit: number, page: PageBuilder): Promise<void> {
    stream.at += frameBytes(stream.frames, stream.at)
    if (!hasEvent(stream) && stream.next !== undefined) await this.#fill([stream], limit, page)
    if (hasEvent(stream)) this.#heap.renewFirst()
    else this.#heap.removeFirst()
  }

  #isBefore(one: Stream, other: Stream): boolean {
    const [a, b] = [currentTime(one), currentTime(other)]
    if (a !== b) return a < b !== this.#isBackwards
    return one.hub.stream < other.hub.stream !== this.#isBackwards
  }

  async #turn(): Promise<void> {
    await this.#context.bus.budget.turn(this.#call.principal.name)
    this.#call.signal.throwIfAborted()
  }
}

function hasEvent({ frames, at }: Stream): boolean {
  return at < frames.length
}

function currentTime({ frames, at }: Stream): number {
  return frameTime(frames, at)
}

class PageBuilder {
  readonly #pieces: Uint8Array[] = []
  readonly gaps: ReadGap[] = []
  bytes = 0
  /** The places after the first event and after the last one. */
  first: EdgePosition | undefined
  last: EdgePosition | undefined

  get count(): number {
    return this.#pieces.length
  }

  add(frame: Uint8Array, place: EdgePosition): void {
    this.#pieces.push(frame)
    this.bytes += frame.length
    this.first ??= place
    this.last = place
  }

  frames(): Uint8Array {
    return Buffer.concat(this.#pieces)
  }
}
