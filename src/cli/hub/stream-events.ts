import type { LagPolicy } from '../../bus/api.js'
import type { Client, Subscription } from '../../client/api.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { formatCursor } from '../../event/cursor.js'
import { iterateFrames } from '../../event/event.js'
import { onlyGiven } from '../../event/json/only-given.js'
import type { FilterInput } from '../../protocols/native/protocol.js'
import type { StreamOptions } from '../help/options.js'
import type { Io } from '../io.js'
import { EventPrinter } from '../output/event-printer.js'
import { needsTypes, openFormat } from '../output/open-format.js'
import { formatSpan } from '../terminal/figures.js'
import { Deadline, withHub } from './connect.js'
import { filterOf, searchOf } from './filter-argument.js'
import { lateText } from './late-events.js'
import { noteNothing, noteQuiet, noteUnknownFields } from './silence.js'
import { findLast, pagesBackwards, pagesInOrder } from './stored-pages.js'
import { pageGap, StreamNotes, subscribeOptions } from './stream-notes.js'
import { unmetFields } from './unmet-fields.js'
import { viewOf } from './view.js'

export interface StreamRequest extends StreamOptions {
  filters: readonly string[]
  /** Ends at `to`, by default at the current end of the log. */
  ends: boolean
  /** Fails unless `count` events come within `timeout`. */
  needed?: boolean
  lag?: LagPolicy
  consumer?: string
  /** Called when the request is accepted, before the first event is printed. */
  beforeOutput?: () => void
  /** Shows this many events first if the request does not say where to start, and the output is a terminal. */
  usualLast?: number
}

/** The state of one run of a command that prints events. */
interface Printing {
  io: Io
  client: Client
  filter: FilterInput | undefined
  request: StreamRequest
  printer: EventPrinter
  notes: StreamNotes
  signal: AbortSignal
}

/** Prints events as they arrive, until a limit of the request is reached. */
export async function streamEvents(io: Io, request: StreamRequest): Promise<void> {
  const limit = request.needed ? request.timeout : request.duration
  const filter = await filterOf(request.filters, request)
  await withHub(io, { ...request, timeout: request.timeout ?? limit, silent: true }, async (client) => {
    const { edges } = request
    const view = await viewOf(io, client, needsTypes(request))
    view.namesEdges = edges !== undefined
    const format = await openFormat(request, view, io.out.isTerminal)
    const deadline = new Deadline(io.signal, limit)
    const { count, last, reverse } = request
    const max = Math.min(count ?? Number.POSITIVE_INFINITY, (reverse && last) || Number.POSITIVE_INFINITY)
    const printer = new EventPrinter(io, format, { max, highlight: await highlightOf(request) })
    const notes = new StreamNotes(io, request)
    const printing = { io, client, filter, request, printer, notes, signal: deadline.signal }
    let cursor: string | undefined
    request.beforeOutput?.()
    try {
      const isInPages = request.reverse === true || request.eventTime === true
      if (edges !== undefined) cursor = await printOfEdges(printing, edges)
      else await (isInPages ? printPages(printing) : printForwards(printing))
    } catch (error) {
      if (!deadline.passed) throw error
    } finally {
      deadline.clear()
    }
    if (edges === undefined && printer.last !== undefined)
      cursor = formatCursor(client.welcome.epoch, printer.last.seq)
    if (request.showCursor && cursor !== undefined && printer.printed > 0) io.note(`cursor: ${cursor}`)
    noteUnknownFields(io, format, printer.printed)
    io.signal.throwIfAborted()
    const { printed } = printer
    const wanted = request.needed ? (request.count ?? 1) : deadline.passed ? 1 : 0
    if (printed < wanted) throw tooLate(request.count, printed, limit)
    if (!request.ends || edges !== undefined) return
    const filters = filter as string[] | undefined
    const late = await lateText(io, client, request, { filters })
    if (late !== undefined) io.note(late)
    else if (printed === 0) {
      const unmet = await unmetFields(io, client, request, { filters })
      for (const note of unmet) io.note(note)
      if (unmet.length === 0) await noteNothing(io, client, request)
    }
  })
}

/** The code for edge hubs is loaded only when they are asked. */
async function printOfEdges(printing: Printing, edges: string): Promise<string | undefined> {
  const { filter, request } = printing
  const { from, to, last, count, reverse, strict, ends } = request
  const { printEdgeEvents } = await import('./edge-events.js')
  const given = onlyGiven({ from, to, last, count, reverse, strict })
  return printEdgeEvents(printing, { ...given, edges, filters: filter, ends })
}

function tooLate(count: number | undefined, printed: number, limit: number | undefined): TocsinError {
  const what = printed === 0 ? 'no event matched' : `${printed} of ${count} events matched`
  const when = limit === undefined ? '' : ` within ${formatSpan(limit * 1000)}`
  return new TocsinError('TCN_CLIENT_TIMEOUT', what + when)
}

/** The engine of regular expressions is loaded only when it is used. */
async function highlightOf(request: StreamRequest): Promise<((line: string) => string) | undefined> {
  const search = searchOf(request)
  return search && (await import('../output/grep.js')).highlighter(search)
}

/** The newest event first, or in the order in which they happened. */
async function printPages({ io, client, filter, request, printer, notes }: Printing): Promise<void> {
  const { from, to, last, count = last, reverse = false } = request
  const wanted = onlyGiven({ filters: filter as string[] | undefined, from, to, limit: count })
  const pages = request.eventTime
    ? pagesInOrder(io, client, reverse, wanted)
    : pagesBackwards(io, client, wanted)
  for await (const page of pages) {
    for (const gap of page.gaps) notes.note(pageGap(gap, client.welcome.epoch))
    await printer.print([...iterateFrames(page.frames)])
    if (printer.done) return
  }
}

async function printForwards(printing: Printing): Promise<void> {
  const { client, filter, request, signal } = printing
  const options = subscribeOptions({ ...request, ...(await lastOf(printing)) }, signal)
  const subscription = request.ends ? client.read(filter, options) : client.subscribe(filter, options)
  try {
    await printAll(printing, subscription)
  } finally {
    await subscription.close()
  }
}

/** The range of the last events, if the request is for those. */
async function lastOf({ io, client, filter, request }: Printing): Promise<{ from?: string; to?: string }> {
  const { from, to, consumer, usualLast, ends } = request
  const isUsual =
    io.out.isTerminal && from === undefined && consumer === undefined && request.count === undefined
  const count = request.last ?? (isUsual ? usualLast : undefined)
  if (count === undefined) return {}
  const wanted = onlyGiven({ filters: filter as string[] | undefined, from, to })
  const found = await findLast(io, client, {
    ...wanted,
    count,
    isBrief: request.last === undefined,
  })
  return { from: found.from, ...(ends ? { to: found.to } : {}) }
}

async function printAll(printing: Printing, subscription: Subscription): Promise<void> {
  const { io, printer, notes, request } = printing
  for await (const item of subscription.batches()) {
    if (item.status !== undefined) {
      notes.note(item)
      if (item.status === 'live' && printer.printed === 0 && !request.needed) void noteQuiet(printing)
      continue
    }
    const events = await printer.print(item.events())
    // Events of a durable consumer are acknowledged only when the reader of the output has them.
    if (request.consumer !== undefined) {
      await io.out.flush()
      if (!io.out.closed) subscription.ack(events)
    }
    if (printer.done) return
  }
}
