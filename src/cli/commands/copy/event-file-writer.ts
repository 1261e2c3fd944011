import { createHash, type Hash } from 'node:crypto'
import { createWriteStream, openSync } from 'node:fs'
import type { Client, EventBatch } from '../../../client/api.js'
import { messageOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { toExportedCloudEvent } from '../../../event/cloudevents.js'
import { Flag, frameBytes, frameFlags } from '../../../event/frame.js'
import { encodeRecord } from '../../../protocols/native/codec.js'
import type { Io } from '../../io.js'
import type { View } from '../../output/formats.js'
import { formatBytes, plural } from '../../terminal/figures.js'
import { OutputStream } from '../../terminal/output-stream.js'
import { redactFrame } from './redact.js'

export interface EventFileOptions {
  /** Frames, or CloudEvents one a line, which need a view. Default: frames. */
  view?: View
  /** Paths of values to replace before anything is written; of frames only. */
  redactions?: readonly (readonly string[])[]
  /** Stops after this number of events. */
  count?: number
  /** Leaves out events that were made for this connection and are not in the log. */
  storedOnly?: boolean
  /** Computes the SHA-256 of everything written. */
  hashed?: boolean
}

/**
 * Writes events to a file or to standard output. A file of frames holds records of the native protocol as they
 * travel: first a `welcome`, which names the log the numbers belong to, then events. It is valid after every event.
 */
export class EventFileWriter {
  events = 0
  bytes = 0
  redacted = 0
  readonly #target: OutputStream
  readonly #options: EventFileOptions
  readonly #max: number
  readonly #hash: Hash | undefined

  constructor(target: OutputStream, { welcome }: Pick<Client, 'welcome'>, options: EventFileOptions = {}) {
    this.#target = target
    this.#options = options
    this.#max = options.count ?? Number.POSITIVE_INFINITY
    this.#hash = options.hashed ? createHash('sha256') : undefined
    if (options.view === undefined) this.#write(encodeRecord('welcome', welcome))
  }

  /** True when the reader of standard output has gone, or nothing more is wanted. */
  get isDone(): boolean {
    return this.events >= this.#max || this.#target.closed
  }

  /** The hash of everything written so far; only with `hashed`. */
  get sha256(): string {
    return this.#hash!.copy().digest('hex')
  }

  /** `3 events, 512 B` */
  get amount(): string {
    const redacted = this.redacted > 0 ? `, ${this.redacted} of them redacted` : ''
    return `${plural(this.events, 'event')}, ${formatBytes(this.bytes)}${redacted}`
  }

  /** Resolves when there is room for more. */
  async add(batch: EventBatch): Promise<void> {
    const { view } = this.#options
    if (view === undefined) this.#addFrames(batch)
    else this.#addLines(batch, view)
    await this.#target.room()
  }

  /** Waits until everything is written. Throws TCN_FILE_UNWRITABLE. */
  async finish(): Promise<void> {
    await this.#target.flush()
    const { error } = this.#target
    // A reader of standard output may go away when it has enough.
    if (error && error.code !== 'EPIPE') throw unwritable(error)
  }

  #addFrames(batch: EventBatch): void {
    const { redactions = [], storedOnly } = this.#options
    if (redactions.length === 0 && !storedOnly && this.events + batch.count <= this.#max) {
      this.#write(batch.bytes)
      this.events += batch.count
      return
    }
    batch.forEach((bytes, at) => {
      if (this.events === this.#max) return
      if (storedOnly && (frameFlags(bytes, at) & Flag.synthetic) !== 0) return
      const frame =
        redactions.length === 0
          ? bytes.subarray(at, at + frameBytes(bytes, at))
          : redactFrame(bytes, at, redactions)
      if (frame.buffer !== bytes.buffer) this.redacted++
      this.#write(frame)
      this.events++
    })
  }

  #addLines(batch: EventBatch, view: View): void {
    const events = batch.events().slice(0, this.#max - this.events)
    this.#write(events.map((event) => `${JSON.stringify(toExportedCloudEvent(event, view))}\n`).join(''))
    this.events += events.length
  }

  #write(chunk: string | Uint8Array): void {
    this.#hash?.update(chunk)
    this.bytes += Buffer.byteLength(chunk)
    this.#target.write(chunk)
  }
}

/** Standard output for `-` or no path, otherwise a new file. Frames do not go to a terminal: they are bytes. */
export function eventTarget(io: Io, path: string | undefined, frames: boolean): OutputStream {
  if (path !== undefined && path !== STDOUT) return newEventFile(path)
  if (frames && io.out.isTerminal)
    throw new TocsinError('TCN_USAGE', 'frames are bytes, not text: send them to a file or a program')
  return io.out
}

const STDOUT = '-'

/** A new file, readable by this user only: events are not for everybody on this machine. Throws TCN_FILE_UNWRITABLE. */
function newEventFile(path: string): OutputStream {
  try {
    // A number, not a FileHandle: when the collector finds a handle that nobody closed, Node warns on stderr.
    return new OutputStream(createWriteStream(path, { fd: openSync(path, 'wx', 0o600) }))
  } catch (error) {
    throw unwritable(error)
  }
}

export function unwritable(error: unknown): TocsinError {
  return new TocsinError('TCN_FILE_UNWRITABLE', messageOf(error), { cause: error })
}
