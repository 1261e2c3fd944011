import type { Client } from '../../client/api.js'
import { type Event, iterateFrames } from '../../event/event.js'
import { onlyGiven } from '../../event/json/only-given.js'
import type { EdgesPart, EventPage } from '../../methods/contract/index.js'
import type { FilterInput } from '../../protocols/native/protocol.js'
import type { Io } from '../io.js'
import { noteAsked } from '../output/asked-edges.js'
import type { EventPrinter } from '../output/event-printer.js'
import { pagesBackwards } from './stored-pages.js'
import { pageGap, type StreamNotes } from './stream-notes.js'

/** Events of edge hubs may be rare. Timers cannot wait longer, ms. */
const LONGEST_WAIT_MS = 2 ** 31 - 1

export interface EdgeStream {
  edges: string
  filters: FilterInput | undefined
  from?: string
  to?: string
  last?: number
  count?: number
  reverse?: boolean
  strict?: boolean
  /** Ends at the current end of the logs. */
  ends: boolean
}

interface EdgePrinting {
  io: Io
  client: Client
  printer: EventPrinter
  notes: StreamNotes
  signal: AbortSignal
}

/** Prints events of edge hubs. Resolves with the position after the last one. */
export async function printEdgeEvents(
  printing: EdgePrinting,
  stream: EdgeStream,
): Promise<string | undefined> {
  const { last, reverse, ends } = stream
  if (reverse) return printBackwards(printing, stream)
  if (last === undefined) return printForwards(printing, stream)
  const { events, cursor } = await lastEvents(printing, stream, last)
  await printing.printer.print(events)
  return ends || printing.printer.done
    ? cursor
    : printForwards(printing, { ...stream, from: cursor ?? 'now' })
}

async function printForwards(
  { io, client, printer, notes, signal }: EdgePrinting,
  { edges, filters, from, to, count, strict, ends }: EdgeStream,
): Promise<string | undefined> {
  const usual = ends ? 'start' : 'now'
  const params = { edges, follow: !ends, ...onlyGiven({ filters, to, limit: count }), from: from ?? usual }
  const parts = client.requestParts('edges.read', params, { signal, timeout: LONGEST_WAIT_MS })
  let cursor: string | undefined
  try {
    for await (const part of parts) {
      if (isPart(part))
        cursor = (await printPart({ io, client, printer, notes, signal }, part, strict)) ?? cursor
      if (printer.done) break
    }
  } catch (error) {
    // The command was interrupted, or its time is over.
    if (!signal.aborted) throw error
  }
  return cursor
}

function isPart(part: unknown): part is Partial<EdgesPart> {
  return typeof part === 'object' && part !== null
}

async function printPart(
  { io, client, printer, notes }: EdgePrinting,
  { frames, gaps = [], cursor, asked, missing = [], back = [] }: Partial<EdgesPart>,
  strict = false,
): Promise<string | undefined> {
  for (const gap of gaps) notes.note(pageGap(gap, client.welcome.epoch))
  if (frames !== undefined) await printer.print([...iterateFrames(frames)])
  if (asked !== undefined) await noteAsked(io, asked, { strict })
  for (const { edge, reason } of missing) io.note(`${edge}: ${reason}`)
  for (const edge of back) io.note(`${edge} answers`)
  return cursor
}

async function printBackwards(
  { io, client, printer, notes }: EdgePrinting,
  { edges, filters, from, to, last, count = last, strict = false }: EdgeStream,
): Promise<string | undefined> {
  const wanted = { edges, ...onlyGiven({ filters, from, to, limit: count }) }
  let asked: EventPage['asked']
  let cursor: string | undefined
  for await (const page of pagesBackwards(io, client, wanted)) {
    for (const gap of page.gaps) notes.note(pageGap(gap, client.welcome.epoch))
    await printer.print([...iterateFrames(page.frames)])
    asked = page.asked
    cursor ??= page.cursor
    if (printer.done) break
  }
  if (asked !== undefined) await noteAsked(io, asked, { strict })
  return cursor
}

/** The last events that match, the oldest first. */
async function lastEvents(
  { io, client }: EdgePrinting,
  { edges, filters, from, to, strict = false }: EdgeStream,
  last: number,
): Promise<{ events: Event[]; cursor: string | undefined }> {
  const events: Event[] = []
  let asked: EventPage['asked']
  let cursor: string | undefined
  const wanted = { edges, ...onlyGiven({ filters, from, to }), limit: last }
  for await (const page of pagesBackwards(io, client, wanted)) {
    events.push(...iterateFrames(page.frames))
    asked = page.asked
    cursor ??= page.cursor
    if (events.length >= last) break
  }
  if (asked !== undefined) await noteAsked(io, asked, { strict })
  return { events: events.slice(0, last).reverse(), cursor }
}
