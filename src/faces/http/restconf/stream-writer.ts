import type { Format, Piece } from '../../../bus/sink.js'
import type { TocsinError } from '../../../errors/tocsin-error.js'
import { Event } from '../../../event/event.js'
import type { Runtime } from '../../../event/runtime.js'
import { isLong } from '../../../incremental/long-text.js'
import type { StreamWriter } from '../../shared/streams/stream-writer.js'
import type { EventStream } from '../../web/event-stream.js'
import type { StreamTexts } from '../../web/sse.js'
import type { NotificationBlocks } from './formats.js'

/** Frames of up to this many bytes have few values. */
const FEW_BYTES = 8192

/** A stream of RESTCONF has notifications only; its end is a comment. */
export const restconfTexts: StreamTexts = {
  opening: '',
  status: () => '',
  end: ({ message }) => `: ${message.replace(/[\r\n]+/g, ' ')}\n\n`,
}

/** Writes what a subscriber to a named stream gets as server-sent events (RFC 8040, section 6). */
export class RestconfWriter implements StreamWriter {
  readonly surelyFits = FEW_BYTES
  readonly #blocks: NotificationBlocks
  readonly #stream: EventStream
  readonly #runtime: Pick<Runtime, 'now'>

  constructor(blocks: NotificationBlocks, stream: EventStream, runtime: Pick<Runtime, 'now'>) {
    this.#blocks = blocks
    this.#stream = stream
    this.#runtime = runtime
  }

  get format(): Format {
    return this.#blocks.format
  }

  get pending(): number {
    return this.#stream.pending
  }

  write(pieces: readonly Piece[]): void {
    this.#stream.write(pieces)
  }

  fits(frames: Uint8Array, at: number): boolean {
    return !isLong(new Event(frames, at))
  }

  events(frames: Uint8Array): void {
    this.write([this.format.encode(frames)])
  }

  missing(from: number, to: number, reason: string): void {
    this.write([this.#blocks.missing(this.#runtime.now(), from, to, reason)])
  }

  /** RFC 8040 has no notification of it. */
  replayComplete(): void {
    this.write([this.#blocks.live])
  }

  replayFailed(message: string): void {
    this.#stream.end({ code: 'END', message })
  }

  complete(): void {
    this.#stream.end({ code: 'END', message: 'the stop time has come' })
  }

  fail(error: TocsinError): void {
    this.#stream.end(error)
  }
}
