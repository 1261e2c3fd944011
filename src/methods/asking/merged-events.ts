import { TocsinError } from '../../errors/tocsin-error.js'
import { type EdgePosition, formatEdgePosition, placeIn } from '../../event/edge-position.js'
import { Event } from '../../event/event.js'
import { frameBytes, frameSeq, frameTime } from '../../event/frame.js'
import type { ReadGap } from '../contract/index.js'
import type { Call } from '../method.js'
import { bytesFor, type EdgePage, readEdgePage } from './edge-page.js'
import { Heap } from './heap.js'
import { EDGE_ATTRIBUTE, labelledEvent, placeAfter } from './labelled-event.js'
import { Originals } from './originals.js'
import type { AskingContext, EdgeQuestion, HubToAsk } from './question.js'
import type { SeenEvents } from './seen-events.js'

const MOST_BYTES = 256 * 1024
const LEAST_EVENTS = 16
/** Events that are merged before others have their turn. */
const STEP = 128
/** Gaps in one page of an answer. */
const MAX_GAPS = 1_000
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
  /** Undefined before it was asked, and when it is missing. */
  page: EdgePage | undefined
  at: number
  /** The place of the last event that was read. */
  last: EdgePage['last']
}

/** The knowledge that is kept when the answer is followed. */
export interface MergedParts {
  readonly originals?: Originals
  readonly recent?: SeenEvents
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
  readonly #originals: Originals
  readonly #recent: SeenEvents | undefined

  constructor(
    context: AskingContext,
    call: Call,
    question: EdgeQuestion,
    wanted: Readonly<Record<string, unknown>>,
    range: MergedRange,
    timeout: number,
    { originals = new Originals(question, wanted.filters), recent }: MergedParts = {},
  ) {
    this.#context = context
    this.#call = call
    this.#question = question
    this.#wanted = wanted
    this.#range = range
    this.#timeout = timeout
    this.#originals = originals
    this.#recent = recent
    this.#isBackwards = range.before !== undefined
    this.#streams = question.asked.map((hub) => ({
      hub,
      page: undefined,
      at: 0,
      last: undefined,
    }))
    this.#heap = new Heap((one, other) => this.#isBefore(one, other))
  }

  async page(limit: number, bytes: number): Promise<MergedPage> {
    const page = new PageBuilder()
    await this.#begin(limit, page)
    const end = this.#context.runtime.monotonic() + this.#timeout
    let steps = 0
    for (let stream = this.#heap.first; stream !== undefined; stream = this.#heap.first) {
      if (page.count >= limit || page.bytes >= bytes) break
      this.#take(stream, page)
      await this.#advance(stream, limit, page)
      if (++steps % STEP === 0) await this.#turn()
      if (this.#context.runtime.monotonic() < end) continue
      if (page.count > 0) break
      this.#drop(stream)
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
      empty = empty.filter((stream) => !hasEvent(stream) && hasMore(stream))
    }
  }

  async #ask(streams: readonly Stream[], limit: number, page: PageBuilder): Promise<void> {
    const open = streams.filter(({ hub }) => !this.#question.isMissing(hub))
    const number = this.#streams.length
    const bounds = {
      limit: Math.min(limit, Math.max(LEAST_EVENTS, Math.ceil((2 * limit) / number))),
      bytes: bytesFor(number, MOST_BYTES),
    }
    const isBackwards = this.#isBackwards
    const pages = await this.#question.ask(
      open.map(({ hub }) => hub),
      'events.read',
      (_, nth) => ({ ...this.#wanted, ...bounds, ...this.#rangeOf(open[nth]) }),
      (answer, hub, nth) => readEdgePage(answer, hub, { ...bounds, isBackwards, after: open[nth].last }),
    )
    for (const stream of streams) if (this.#question.isMissing(stream.hub)) this.#put(stream, undefined, page)
    for (const [nth, stream] of open.entries()) this.#put(stream, pages[nth], page)
  }

  /** A hub that has not answered has nothing more in this answer. */
  #put(stream: Stream, found: EdgePage | undefined, page: PageBuilder): void {
    const { hub } = stream
    Object.assign(stream, { page: found, at: 0, last: found?.last ?? stream.last })
    if (found === undefined) return
    this.#question.takeBelow(hub, found.asked)
    this.#originals.learn(hub, found)
    for (const gap of found.gaps) {
      const edge = hub.choice === undefined ? hub.stream : `${hub.stream}${gap.edge ?? ''}`
      if (page.gaps.length < MAX_GAPS) page.gaps.push({ ...gap, edge })
    }
  }

  #rangeOf({ hub, page }: Stream): Record<string, unknown> {
    const { from, to, before, after } = this.#range
    const begin = after && placeIn(hub.stream, after, this.#isBackwards)
    const place = page?.next ?? begin
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
    if (this.#originals.has(hub, frames, at, attributes)) return
    if (hub.choice !== undefined)
      this.#recent?.add(hub.stream, String(attributes[EDGE_ATTRIBUTE]), frameSeq(frames, at))
    page.add(
      labelledEvent(hub, epoch, frames, at, attributes),
      placeAfter(hub, epoch, frames, at, attributes),
    )
  }

  /** A hub of which no event may be shown for so long has nothing more in this answer. */
  #drop(stream: Stream): void {
    if (this.#heap.first !== stream) return
    this.#question.miss(stream.hub.stream, new TocsinError('TCN_EDGE_LATE'))
    Object.assign(stream, { page: undefined, at: 0 })
    this.#heap.removeFirst()
  }

  async #advance(stream: Stream, limit: number, page: PageBuilder): Promise<void> {
    stream.at += frameBytes(framesOf(stream), stream.at)
    if (!hasEvent(stream) && hasMore(stream)) await this.#fill([stream], limit, page)
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

function framesOf({ page }: Stream): Uint8Array {
  return page?.frames ?? NOTHING
}

function hasEvent(stream: Stream): boolean {
  return stream.at < framesOf(stream).length
}

function hasMore({ page }: Stream): boolean {
  return page?.next !== undefined
}

function currentTime(stream: Stream): number {
  return frameTime(framesOf(stream), stream.at)
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
