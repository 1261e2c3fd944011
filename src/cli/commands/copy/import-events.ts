import type { AckLevel, Client } from '../../../client/api.js'
import type { HubOptions } from '../../help/options.js'
import { cloudEventToPublish, locatedLines } from '../../hub/bulk-lines.js'
import { BulkPublisher, type LocatedEvent } from '../../hub/bulk-publisher.js'
import { withHub } from '../../hub/connect.js'
import { reportedWork } from '../../hub/reported-work.js'
import { viewOf } from '../../hub/view.js'
import type { Io } from '../../io.js'
import { plural } from '../../terminal/figures.js'
import { readChunks } from '../../terminal/input.js'
import { isFrameFile, readFrameFile } from './event-file-reader.js'

export interface ImportOptions extends HubOptions {
  ack?: AckLevel
}

/** Publishes the events of a file again, with what they were as attributes. */
export async function importEvents(io: Io, path: string, options: ImportOptions): Promise<void> {
  const open = await openEventFile(io, path)
  await withHub(io, options, async (client) => {
    const bulk = new BulkPublisher(
      io,
      client,
      options.ack ?? (client.welcome.durable ? 'durable' : 'accepted'),
    )
    await reportedWork(io, client, 'import', async () => bulk.run(await open(client)))
    io.note(`${plural(bulk.accepted, 'event')} imported`)
    if (bulk.cursor !== undefined) io.out.line(bulk.cursor)
  })
}

export type EventFile = (client: Client) => Promise<AsyncIterable<LocatedEvent[]>>

/** The events of a file of frames, or of lines of CloudEvents. Throws at once when it cannot be read. */
export async function openEventFile(io: Io, path: string): Promise<EventFile> {
  const { start, chunks } = await peek(readChunks(io, path))
  return async (client) =>
    isFrameFile(start) ? locatedFrames(chunks) : await placedCloudEvents(io, client, chunks)
}

async function placedCloudEvents(
  io: Io,
  client: Client,
  chunks: AsyncIterable<Uint8Array>,
): Promise<AsyncIterable<LocatedEvent[]>> {
  const view = await viewOf(io, client, true)
  return locatedLines(chunks, (value, place) => cloudEventToPublish(value, place, view))
}

async function* locatedFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<LocatedEvent[]> {
  let number = 0
  for await (const events of readFrameFile(chunks))
    yield events.map((event) => ({ event, location: `frame ${++number}` }))
}

/** The first bytes, and all of them again. */
export async function peek(
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ start: Uint8Array; chunks: AsyncIterable<Uint8Array> }> {
  const iterator = chunks[Symbol.asyncIterator]()
  const held: Uint8Array[] = []
  let start = Buffer.alloc(0)
  while (start.length < 5) {
    const { done, value } = await iterator.next()
    if (done) break
    held.push(value)
    start = Buffer.concat([start, value])
  }
  async function* all() {
    yield* held
    yield* { [Symbol.asyncIterator]: () => iterator }
  }
  return { start, chunks: all() }
}
