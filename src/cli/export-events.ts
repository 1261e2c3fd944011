import { createWriteStream } from 'node:fs'
import type { Client, EventBatch } from '../client/api.js'
import { toExportedCloudEvent } from '../event/cloudevents.js'
import { TocsinError } from '../event/errors.js'
import { frameBytes } from '../event/frame.js'
import { encodeRecord } from '../faces/native/codec.js'
import type { ExportOptions } from './commands/export.js'
import { Deadline } from './deadline.js'
import { formatBytes, plural } from './figures.js'
import { filterArgument } from './filter-argument.js'
import { withHub } from './hub.js'
import type { Io } from './io.js'
import { OutputStream } from './output-stream.js'
import { Progress } from './progress.js'
import { noteStatus } from './stream-status.js'
import { viewOf } from './view.js'

export async function exportEvents(
  io: Io,
  filters: readonly string[],
  options: ExportOptions,
): Promise<void> {
  const filter = filterArgument(filters)
  if (options.frames && options.output === undefined && io.out.isTerminal) {
    throw new TocsinError('TCN_USAGE', 'frames are bytes, not text: send them to a file or a program')
  }
  await withHub(io, options, async (client) => {
    const deadline = new Deadline(io.signal, options.timeout)
    const target =
      options.output === undefined
        ? io.out
        : new OutputStream(createWriteStream(options.output, { flags: 'wx' }))
    const range = Object.entries({ from: options.from ?? 'start', to: options.to }).filter(
      ([, value]) => value !== undefined,
    )
    const subscription = client.read(filter, { ...Object.fromEntries(range), signal: deadline.signal })
    const exporter = await makeExporter(io, client, target, options.frames === true)
    try {
      for await (const item of subscription.batches()) {
        if (item.status !== undefined) noteStatus(io, item, { strict: options.strict })
        else await exporter.add(item)
        if (target.closed) break
      }
      await target.flush()
      if (target.error && target !== io.out) throw target.error
    } catch (error) {
      if (deadline.passed) throw new TocsinError('TCN_CLIENT_TIMEOUT', 'the export is not complete')
      throw error === target.error
        ? new TocsinError('TCN_FILE_UNWRITABLE', target.error?.message, { cause: error })
        : error
    } finally {
      deadline.clear()
      exporter.end(subscription.cursor)
      await subscription.close()
    }
  })
}

async function makeExporter(io: Io, client: Client, target: OutputStream, frames: boolean) {
  const view = await viewOf(io, client, !frames)
  let events = 0
  let bytes = 0
  const progress = new Progress(io, () => `exported ${plural(events, 'event')}, ${formatBytes(bytes)}`)
  const write = (chunk: string | Uint8Array) => {
    bytes += chunk.length
    target.write(chunk)
  }
  if (frames) write(encodeRecord('welcome', client.welcome))
  return {
    async add(batch: EventBatch): Promise<void> {
      if (frames) batch.forEach((slab, at) => void write(slab.subarray(at, at + frameBytes(slab, at))))
      else
        write(
          batch
            .events()
            .map((event) => `${JSON.stringify(toExportedCloudEvent(event, view))}\n`)
            .join(''),
        )
      events += batch.count
      progress.tick()
      await target.room()
    },
    end(cursor: string | undefined): void {
      progress.end()
      if (io.err.isTTY === true)
        io.note(`${plural(events, 'event')}, ${formatBytes(bytes)}${cursor ? `, up to ${cursor}` : ''}`)
    },
  }
}
