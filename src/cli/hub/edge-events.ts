import type { Client } from '../../client/api.js'
import { type Event, iterateFrames } from '../../event/event.js'
import { onlyGiven } from '../../event/json/only-given.js'
import type { AskedEdges, EdgesPart, EventPage } from '../../methods/contract/index.js'
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
      // With a limit, the end of the answer comes by itself, and says who is missing.
      if (printer.done && !ends) break
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
  stream: EdgeStream,
): Promise<string | undefined> {
  const { last, count = last, strict = false } = stream
  const asked = new AskedPages()
  let cursor: string | undefined
  for await (const page of backwards(io, client, stream, count)) {
    for (const gap of page.gaps) notes.note(pageGap(gap, client.welcome.epoch))
    await printer.print([...iterateFrames(page.frames)])
    asked.add(page.asked)
    cursor ??= page.cursor
    if (printer.done) break
  }
  await asked.note(io, strict)
  return cursor
}

/** The last events that match, the oldest first. */
async function lastEvents(
  { io, client }: EdgePrinting,
  stream: EdgeStream,
  last: number,
): Promise<{ events: Event[]; cursor: string | undefined }> {
  const events: Event[] = []
  const asked = new AskedPages()
  let cursor: string | undefined
  for await (const page of backwards(io, client, stream, last)) {
    events.push(...iterateFrames(page.frames))
    asked.add(page.asked)
    cursor ??= page.cursor
    if (events.length >= last) break
  }
  await asked.note(io, stream.strict)
  return { events: events.slice(0, last).reverse(), cursor }
}

function backwards(
  io: Io,
  client: Client,
  { edges, filters, from, to }: EdgeStream,
  limit: number | undefined,
): AsyncGenerator<EventPage> {
  return pagesBackwards(io, client, { edges, ...onlyGiven({ filters, from, to, limit }) })
}

/** The reports of all pages of an answer: a hub that was missing in one of them lacks something. */
class AskedPages {
  readonly #missing = new Map<string, AskedEdges['missing'][number]>()
  #last: AskedEdges | undefined

  add(asked: AskedEdges | undefined): void {
    this.#last = asked ?? this.#last
    for (const each of asked?.missing ?? []) this.#missing.set(each.edge, each)
  }

  async note(io: Io, strict = false): Promise<void> {
    if (this.#last === undefined) return
    const { asked, answered } = this.#last
    const missing = [...this.#missing.values()]
    await noteAsked(io, { asked, answered: Math.min(answered, asked - missing.length), missing }, { strict })
  }
}
