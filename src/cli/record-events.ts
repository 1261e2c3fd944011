import type { FileHandle } from 'node:fs/promises'
import type { EventBatch } from '../client/api.js'
import { TocsinError } from '../event/errors.js'
import { encodeRecord } from '../faces/native/codec.js'
import type { RecordOptions } from './commands/record.js'
import { Deadline } from './deadline.js'
import { formatBytes, plural } from './figures.js'
import { filterOf } from './filter-argument.js'
import { withHub } from './hub.js'
import type { Io } from './io.js'
import { newFile } from './new-file.js'
import { OutputStream } from './output-stream.js'
import { Progress } from './progress.js'
import { parseRedactions, redactFrame } from './redact.js'
import { StreamNotes } from './stream-notes.js'
import { subscribeOptions } from './subscribe-options.js'

/** Writes events to a file of frames as they happen, without what is to be taken out. */
export async function recordEvents(
  io: Io,
  filters: readonly string[],
  options: RecordOptions,
): Promise<void> {
  const filter = await filterOf(filters, options.where)
  const redactions = parseRedactions(options.redact ?? [])
  await withHub(io, { ...options, timeout: undefined, silent: true }, async (client) => {
    const recorder = new Recorder(io, await newFile(options.output), options, redactions)
    const deadline = new Deadline(io.signal, options.timeout)
    const range = subscribeOptions(options, deadline.signal)
    const subscription =
      options.to === undefined ? client.subscribe(filter, range) : client.read(filter, range)
    recorder.write(encodeRecord('welcome', client.welcome))
    try {
      for await (const item of subscription.batches()) {
        if (item.status !== undefined) recorder.notes.note(item)
        else if (!(await recorder.add(item))) break
      }
    } catch (error) {
      if (!deadline.passed && !io.signal.aborted) throw error
    } finally {
      deadline.clear()
      await subscription.close()
      await recorder.end()
    }
  })
}

class Recorder {
  readonly notes: StreamNotes
  readonly #io: Io
  readonly #redactions: string[][]
  readonly #most: number
  readonly #target: OutputStream
  readonly #progress: Progress
  #events = 0
  #redacted = 0
  #bytes = 0

  constructor(io: Io, file: FileHandle, { count, strict, from }: RecordOptions, redactions: string[][]) {
    this.#io = io
    this.notes = new StreamNotes(io, { strict, from })
    this.#redactions = redactions
    this.#most = count ?? Number.POSITIVE_INFINITY
    this.#target = new OutputStream(file.createWriteStream())
    this.#progress = new Progress(io, () => `recorded ${this.#amount}`)
  }

  write(chunk: Uint8Array): void {
    this.#bytes += chunk.length
    this.#target.write(chunk)
  }

  /** False when it is enough. */
  async add(batch: EventBatch): Promise<boolean> {
    batch.forEach((bytes, at) => {
      if (this.#events === this.#most) return
      const frame = redactFrame(bytes, at, this.#redactions)
      if (frame.buffer !== bytes.buffer) this.#redacted++
      this.write(frame)
      this.#events++
    })
    this.#progress.tick()
    await this.#target.room()
    return this.#events < this.#most && !this.#target.closed
  }

  async end(): Promise<void> {
    await this.#target.flush()
    this.#progress.end()
    const { error } = this.#target
    if (error) throw new TocsinError('TCN_FILE_UNWRITABLE', error.message, { cause: error })
    this.#io.note(`${this.#amount} recorded`)
  }

  get #amount(): string {
    const redacted = this.#redacted > 0 ? `, ${this.#redacted} of them redacted` : ''
    return `${plural(this.#events, 'event')}, ${formatBytes(this.#bytes)}${redacted}`
  }
}
