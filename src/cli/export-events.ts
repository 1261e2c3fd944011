import type { EventBatch, Subscription } from '../client/api.js'
import { toExportedCloudEvent } from '../event/cloudevents.js'
import { TocsinError } from '../event/errors.js'
import { frameBytes } from '../event/frame.js'
import { encodeRecord } from '../faces/native/codec.js'
import type { ExportOptions } from './commands/export.js'
import { Deadline } from './deadline.js'
import { formatBytes, plural } from './figures.js'
import { filterOf } from './filter-argument.js'
import { withHub } from './hub.js'
import type { Io } from './io.js'
import { newFile } from './new-file.js'
import type { View } from './output/format.js'
import { OutputStream } from './output-stream.js'
import { Progress } from './progress.js'
import { StreamNotes } from './stream-notes.js'
import { subscribeOptions } from './subscribe-options.js'
import { viewOf } from './view.js'

/** Writes what is in the log, as it was when it began. */
export async function exportEvents(
  io: Io,
  filters: readonly string[],
  options: ExportOptions,
): Promise<void> {
  const filter = await filterOf(filters, options.where)
  if (options.frames && options.output === undefined && io.out.isTerminal) {
    throw new TocsinError('TCN_USAGE', 'frames are bytes, not text: send them to a file or a program')
  }
  await withHub(io, { ...options, silent: true }, async (client) => {
    const view = await viewOf(io, client, !options.frames)
    const exporter = new Exporter(io, await target(io, options), options, view)
    if (options.frames) exporter.write(encodeRecord('welcome', client.welcome))
    const deadline = new Deadline(io.signal, options.timeout)
    const range = { from: options.from ?? 'start', to: options.to }
    const subscription = client.read(filter, subscribeOptions(range, deadline.signal))
    try {
      await exporter.run(subscription)
      exporter.report(true, subscription.cursor)
    } catch (error) {
      exporter.report(false, subscription.cursor)
      throw deadline.passed ? new TocsinError('TCN_CLIENT_TIMEOUT', 'the export took too long') : error
    } finally {
      deadline.clear()
      await subscription.close()
    }
  })
}

async function target(io: Io, { output }: ExportOptions): Promise<OutputStream> {
  return output === undefined ? io.out : new OutputStream((await newFile(output)).createWriteStream())
}

class Exporter {
  readonly #io: Io
  readonly #options: ExportOptions
  readonly #view: View
  readonly #target: OutputStream
  readonly #progress: Progress
  #events = 0
  #bytes = 0

  constructor(io: Io, target: OutputStream, options: ExportOptions, view: View) {
    this.#io = io
    this.#options = options
    this.#view = view
    this.#target = target
    this.#progress = new Progress(io, () => `exported ${this.#amount}`)
  }

  async run(subscription: Subscription): Promise<void> {
    const notes = new StreamNotes(this.#io, { strict: this.#options.strict })
    for await (const item of subscription.batches()) {
      if (item.status === undefined) await this.#add(item)
      else notes.note(item)
      if (this.#target.closed) break
    }
    await this.#target.flush()
    const { error } = this.#target
    if (error && this.#target !== this.#io.out) {
      throw new TocsinError('TCN_FILE_UNWRITABLE', error.message, { cause: error })
    }
  }

  write(chunk: string | Uint8Array): void {
    this.#bytes += chunk.length
    this.#target.write(chunk)
  }

  report(complete: boolean, cursor: string | undefined): void {
    this.#progress.end()
    if (!complete && this.#events > 0)
      this.#io.note(`the export is not complete: ${this.#amount}, up to ${cursor}`)
    else if (this.#io.err.isTTY === true) this.#io.note(`${this.#amount}${cursor ? `, up to ${cursor}` : ''}`)
  }

  get #amount(): string {
    return `${plural(this.#events, 'event')}, ${formatBytes(this.#bytes)}`
  }

  async #add(batch: EventBatch): Promise<void> {
    if (this.#options.frames) {
      batch.forEach((slab, at) => {
        this.write(slab.subarray(at, at + frameBytes(slab, at)))
      })
    } else {
      const lines = batch
        .events()
        .map((event) => `${JSON.stringify(toExportedCloudEvent(event, this.#view))}\n`)
      this.write(lines.join(''))
    }
    this.#events += batch.count
    this.#progress.tick()
    await this.#target.room()
  }
}
