import { z } from 'zod'
import type { BusAdmin } from '../bus/admin.js'
import type { BusApi } from '../bus/api.js'
import { resolveBefore, resolveEnd, resolveStart } from '../bus/resolve-position.js'
import { type ScanRange, scan } from '../bus/scan.js'
import type { Sink } from '../bus/sink.js'
import { visibleMatch } from '../bus/visible-events.js'
import { formatCursor } from '../event/cursor.js'
import { frameBytes, frameSeq } from '../event/frame.js'
import { formatFilter } from '../filter/index.js'
import type { LostRange } from '../log/event-log.js'
import { lossReason, noteOn } from '../log/loss-reason.js'
import { edgeParams } from './asking/edge-params.js'
import type { EventPage, ReadGap, ReadParams } from './contract/index.js'
import { EventOrder } from './event-order.js'
import { type Call, type Method, method } from './method.js'
import {
  type BusMethodContext,
  compileWanted,
  parseWanted,
  viewOf,
  wantedParams,
  whichTime,
  work,
} from './query.js'
import * as results from './results/events.js'

const MAX_EVENTS = 10_000
const PAGE_BYTES = 1024 * 1024
const PAGE_WORK = 64 * 1024 * 1024
const MAX_WAIT_MS = 60_000

export interface ReadMethodContext extends BusMethodContext {
  readonly bus: BusAdmin & Pick<BusApi, 'subscribe'>
}

export function readMethods(context: ReadMethodContext): Method[] {
  const order = new EventOrder(context)
  return [
    method({
      name: 'events.read',
      summary: 'Returns a page of stored events, forwards, or backwards with `before`.',
      right: 'see',
      params: z
        .object({
          ...wantedParams,
          ...edgeParams,
          from: z.string().optional().describe('Default: the start. With `before`, the lower end.'),
          to: z.string().optional(),
          before: z
            .string()
            .optional()
            .describe('Reads backwards, from the last event before this position.'),
          time: whichTime,
          more: z
            .string()
            .max(64)
            .optional()
            .describe(
              'By the time of the events: the `next` of the page before, with all other parameters the same.',
            ),
          limit: z.number().int().min(1).max(MAX_EVENTS).default(100),
          bytes: z
            .int()
            .min(1024)
            .max(PAGE_BYTES)
            .default(PAGE_BYTES)
            .describe('Limit for the bytes of the page, unless a single event is larger.'),
          wait: z
            .int()
            .min(0)
            .max(MAX_WAIT_MS)
            .optional()
            .describe(
              'Time that a page without events at the end of the log waits for the next one that matches, ms.',
            ),
          otherwise: z
            .enum(['start', 'now'])
            .default('now')
            .describe(
              'Where to continue if the cursor in `from` is ahead of the log or belongs to another log.',
            ),
        })
        .meta({ id: 'ReadParams' }),
      result: results.eventPage,
      run: (call, params) =>
        params.time === 'event' ? order.page(call, params) : readOrWait(context, call, params),
    }),
  ]
}

type Asked = ReadParams & { limit: number; bytes: number }

/** A page, if need be of the event that comes next. */
async function readOrWait(context: ReadMethodContext, call: Call, asked: Asked): Promise<EventPage> {
  const page = await readPage(context, call, asked)
  const { wait = 0, to, before } = asked
  const isOver = to !== undefined || before !== undefined || page.next !== undefined || page.count > 0
  if (wait === 0 || isOver || page.gaps.length > 0) return page
  await nextMatch(context, call, asked, page.cursor, wait)
  return readPage(context, call, { ...asked, from: page.cursor })
}

/** Resolves when an event that is wanted was stored after the cursor, or after `ms`. */
async function nextMatch(
  { bus, runtime }: ReadMethodContext,
  { principal, signal }: Call,
  asked: Asked,
  cursor: string,
  ms: number,
): Promise<void> {
  let done = () => {}
  const found = new Promise<void>((resolve) => {
    done = resolve
  })
  const sink: Sink = {
    pending: 0,
    write: () => done(),
    status: ({ type }) => type === 'gap' && done(),
    end: () => done(),
  }
  const filters = { ...formatFilter(parseWanted(asked)) }
  const subscription = await bus.subscribe(principal, { filters, from: cursor, label: 'events.read' }, sink)
  const cancel = runtime.after(ms, done)
  signal.addEventListener('abort', done, { once: true })
  if (signal.aborted) done()
  try {
    await found
  } finally {
    cancel()
    signal.removeEventListener('abort', done)
    subscription.close()
  }
  signal.throwIfAborted()
}

async function readPage(context: BusMethodContext, call: Call, asked: Asked): Promise<EventPage> {
  const { bus } = context
  const matcher = visibleMatch(context.authorize, call.principal, compileWanted(context, asked))
  const { range, gaps } = await rangeOf(context, asked)
  const page = new Page(asked.limit, asked.bytes)
  const reading = { ...work(context, call, PAGE_WORK), keepsBytes: true }
  const found = await scan(bus.log, range, matcher, reading, page.take)
  const { backwards } = range
  const reached = page.overflow === undefined ? found.reached : page.overflow + (backwards ? 1 : -1)
  const newest = backwards ? range.to : found.exact ? range.to : reached
  return {
    frames: page.frames(),
    count: page.count,
    next: found.exact ? undefined : formatCursor(bus.epoch, reached),
    cursor: formatCursor(bus.epoch, Math.max(0, newest)),
    first: bus.log.first,
    gaps: [
      ...gaps,
      ...lostWithin(bus.log.lost, backwards ? reached : range.from, newest),
      ...found.damaged.map((damaged): ReadGap => ({ ...damaged, reason: 'damaged' })),
    ],
  }
}

async function rangeOf(
  context: BusMethodContext,
  { from = 'start', to, before, otherwise }: Asked,
): Promise<{ range: ScanRange; gaps: ReadGap[] }> {
  const start = await resolveStart(from, () => viewOf(context, otherwise))
  const view = viewOf(context, otherwise)
  const end = (await resolveEnd(to, view)) ?? view.dispatched
  const last = before === undefined ? undefined : await resolveBefore(before, view)
  const range = {
    from: start.cursor + 1,
    to: Math.min(end, last?.cursor ?? view.dispatched),
    backwards: last !== undefined,
  }
  return { range, gaps: [start.gap, last?.gap].flatMap((gap) => (gap === undefined ? [] : [gapOf(gap)])) }
}

function gapOf({ from, to, reason }: ReadGap): ReadGap {
  return { from, to, reason, ...noteOn({ from, to, reason }) }
}

/** Returns the seqs in the range that the log lost. */
function lostWithin(lost: readonly LostRange[], from: number, to: number): ReadGap[] {
  return lost
    .filter((range) => range.from >= from && range.to <= to)
    .map((range) => gapOf({ from: range.from, to: range.to, reason: lossReason(range) }))
}

class Page {
  readonly #pieces: Uint8Array[] = []
  readonly #limit: number
  readonly #most: number
  #bytes = 0
  /** Seq of the first event that did not fit. */
  overflow: number | undefined

  constructor(limit: number, bytes: number) {
    this.#limit = limit
    this.#most = bytes
  }

  get count(): number {
    return this.#pieces.length
  }

  take = (bytes: Uint8Array, at: number): boolean => {
    const length = frameBytes(bytes, at)
    if (this.count > 0 && this.#bytes + length > this.#most) {
      this.overflow = frameSeq(bytes, at)
      return false
    }
    const piece = bytes.subarray(at, at + length)
    // A view would keep the whole chunk in memory until the page is complete.
    this.#pieces.push(length < bytes.length / 2 ? Buffer.from(piece) : piece)
    this.#bytes += length
    return this.count < this.#limit
  }

  /** A single event is not copied: it may be large, and many may read it. */
  frames(): Uint8Array {
    return this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces)
  }
}
