import { type EventPlace, type EventWindow, nextInOrder, type PlacedEvent } from '../bus/event-order.js'
import { visibleMatch } from '../bus/visible-events.js'
import { TocsinError } from '../errors/tocsin-error.js'
import { formatCursor } from '../event/cursor.js'
import { parsePosition } from '../event/position.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import type { Matcher } from '../filter/index.js'
import type { EventPage, ReadParams } from './contract/index.js'
import { type MomentView, momentOf, momentView } from './counts/moments.js'
import type { Call } from './method.js'
import { type BusMethodContext, compileWanted, UNBOUNDED, work } from './query.js'

/** Limit for the bytes of a page, unless a single event is larger. */
const PAGE_BYTES = 1024 * 1024
/** A request for this many events is probably followed by one for the next page, so as much as fits is read ahead. */
const MANY_EVENTS = 1000
/** Time for which the rest of a window is kept for the request for the next page, ms. */
const IDLE_MS = 10_000
/** Windows that are kept at a time, of some megabytes each. */
const MAX_KEPT = 4

type AskedInOrder = ReadParams & { limit: number }

interface KeptWindow extends EventWindow {
  forget: Cancel
}

/** The place where a page begins: after an event, among those up to a number. */
interface PageStart {
  last: number
  after: EventPlace
}

/** Reads pages of events in the order in which they happened. */
export class EventOrder {
  readonly #context: BusMethodContext
  readonly #runtime: Pick<Runtime, 'after'>
  /** The rest of windows, by who asked and what for, oldest first. */
  readonly #kept = new Map<string, KeptWindow>()

  constructor(context: BusMethodContext) {
    this.#context = context
    this.#runtime = context.runtime
  }

  async page(call: Call, asked: AskedInOrder): Promise<EventPage> {
    const { bus, authorize } = this.#context
    const matcher = visibleMatch(authorize, call.principal, compileWanted(this.#context, asked))
    const given = asked.more === undefined ? undefined : continuationOf(asked.more)
    bus.flush()
    const last = given?.last ?? bus.dispatched
    const known = this.#take(windowKey(call, asked, asked.more))
    const window = known ?? (await this.#window(call, asked, matcher, last, given?.after))
    const { page, rest } = divided(window.events, matcher, asked.limit)
    const end = page.at(-1) ?? window.events.at(-1)
    const isMore = rest.length > 0 || window.more
    const next = isMore && end !== undefined ? `${last}.${end.time}.${end.seq}` : undefined
    if (next !== undefined && rest.length > 0)
      this.#keep(windowKey(call, asked, next), { events: rest, more: window.more, damaged: [] })
    return {
      frames: page.length === 1 ? page[0].frame : Buffer.concat(page.map(({ frame }) => frame)),
      count: page.length,
      next,
      cursor: formatCursor(bus.epoch, last),
      gaps: window.damaged.map((damaged) => ({ ...damaged, reason: 'damaged' as const })),
    }
  }

  async #window(
    call: Call,
    asked: AskedInOrder,
    matcher: Matcher,
    last: number,
    after: EventPlace | undefined,
  ): Promise<EventWindow> {
    const { log } = this.#context.bus
    const { from, to } = await timesAsked(this.#context, call, asked)
    const backwards = asked.before !== undefined
    const range = { seqs: { from: log.first, to: last }, from, to, backwards, after }
    const most = asked.limit < MANY_EVENTS ? asked.limit : undefined
    return nextInOrder(log, range, matcher, work(this.#context, call, UNBOUNDED), most)
  }

  #take(key: string): KeptWindow | undefined {
    const window = this.#kept.get(key)
    this.#kept.delete(key)
    window?.forget()
    return window
  }

  #keep(key: string, window: EventWindow): void {
    const forget = this.#runtime.after(IDLE_MS, () => this.#kept.delete(key))
    this.#kept.set(key, { ...window, forget })
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > MAX_KEPT) this.#take(oldest)
  }
}

function windowKey(
  { principal }: Call,
  { more: _, ...asked }: AskedInOrder,
  more: string | undefined,
): string {
  return JSON.stringify([principal.name, asked, more])
}

function continuationOf(text: string): PageStart {
  const match = /^(\d{1,16})\.(\d{1,16})\.(\d{1,16})$/.exec(text)
  const [last, time, seq] = (match ?? []).slice(1).map(Number)
  if (match === null || ![last, time, seq].every(Number.isSafeInteger))
    throw new TocsinError('TCN_METHOD_PARAMS', 'events.read: params.more is not the next of a page')
  return { last, after: { time, seq } }
}

/** The events of a window that fill a page, and those left. Rights may have changed since a window was read. */
function divided(
  events: readonly PlacedEvent[],
  matcher: Matcher,
  limit: number,
): { page: PlacedEvent[]; rest: PlacedEvent[] } {
  const page: PlacedEvent[] = []
  let bytes = 0
  for (const [nth, event] of events.entries()) {
    if (!matcher.matches(event.frame, 0)) continue
    bytes += event.frame.length
    if (page.length === limit || (page.length > 0 && bytes > PAGE_BYTES))
      return { page, rest: events.slice(nth) }
    page.push(event)
  }
  return { page, rest: [] }
}

/** The times of a range, of which `to` is exclusive. */
export async function timesAsked(
  context: BusMethodContext,
  call: Call,
  { from = 'start', to, before }: Pick<ReadParams, 'from' | 'to' | 'before'>,
): Promise<{ from: number; to: number }> {
  const view = momentView(context, call, 'event')
  const begin = parsePosition(from).at === 'start' ? 0 : await momentOf(from, 'from', view)
  const end = to === undefined ? Number.POSITIVE_INFINITY : await throughOf(to, view)
  const limit = before === undefined ? Number.POSITIVE_INFINITY : await beforeOf(before, view)
  return { from: Math.max(0, begin), to: Math.min(end, limit) }
}

/** The time after all events up to a position. */
async function throughOf(text: string, view: MomentView): Promise<number> {
  const { at } = parsePosition(text)
  const isEvent = at === 'start' || at === 'back' || at === 'seq' || at === 'cursor'
  return (await momentOf(text, 'to', view)) + (isEvent ? 0 : 1)
}

async function beforeOf(text: string, view: MomentView): Promise<number> {
  const { at } = parsePosition(text)
  return at === 'end' || at === 'now' ? Number.POSITIVE_INFINITY : momentOf(text, 'from', view)
}
