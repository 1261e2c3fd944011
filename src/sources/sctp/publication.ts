import { TocsinError } from '../../errors/tocsin-error.js'
import { formatCursor } from '../../event/cursor.js'
import { frameBytes } from '../../event/frame.js'
import { FrameWriter, type WrittenFrames } from '../../event/frame-writer.js'
import { decodeBase64 } from '../../event/index.js'
import { nextTurn, type Runtime } from '../../event/runtime.js'
import type { SctpPublished } from '../../methods/contract/index.js'
import type { Call } from '../../methods/method.js'
import type { PartMethodContext } from '../../observers/part-methods.js'
import {
  type ByteFormat,
  type Platform,
  parseNotifications,
  SctpNotificationError,
} from '../../protocols/sctp/index.js'
import { sourceEvent } from '../../protocols/sctp/notifications/event.js'

export interface NotificationFormat extends ByteFormat {
  source: string
  platform: Platform
}

/** Notifications converted into events per turn of the event loop. */
const AT_ONCE = 1000

/** Publishes the notifications of one request. Of each item, either all notifications are published or none. */
export class NotificationPublication {
  readonly #bus: PartMethodContext['bus']
  readonly #runtime: Runtime
  readonly #principal: Call['principal']
  readonly #format: NotificationFormat
  readonly #publisher: ReturnType<PartMethodContext['publisher']>
  readonly #errors: SctpPublished['errors'] = []
  #index = 0
  #nextCounter = 1
  #written = 0

  constructor(context: PartMethodContext, principal: Call['principal'], format: NotificationFormat) {
    this.#bus = context.bus
    this.#runtime = context.runtime
    this.#principal = principal
    this.#format = format
    // The rights may change between the check of an item and its end.
    const refused = (_counter: number, error: TocsinError) => this.#refuse(error)
    this.#publisher = context.publisher(principal, refused)
  }

  /** Publishes an item, or records why it was refused. Throws when the hub accepts no more events. */
  async add(item: string): Promise<void> {
    const pieces = await this.#piecesOf(item)
    if (pieces.length > 0) await this.#publisher.send({ take: () => pieces.shift() })
    this.#index++
  }

  async settle(): Promise<SctpPublished> {
    await this.#publisher.accepted()
    const { acceptedCount: accepted, ranges: runs } = this.#publisher
    const last = runs.at(-1)
    const cursor = last && formatCursor(this.#bus.epoch, last.seq + last.length - 1)
    return { accepted, ...(cursor !== undefined && { cursor }), errors: this.#errors }
  }

  close(): void {
    this.#publisher.close()
  }

  async #piecesOf(item: string): Promise<WrittenFrames[]> {
    try {
      const pieces = await this.#encode(item)
      for (const { bytes } of pieces) this.#check(bytes)
      this.#nextCounter = pieces[pieces.length - 1].last + 1
      return pieces
    } catch (error) {
      if (!TocsinError.is(error)) throw error
      this.#refuse(error)
      return []
    }
  }

  async #encode(item: string): Promise<WrittenFrames[]> {
    const bytes = decodeBase64(item)
    if (bytes === undefined) throw new TocsinError('TCN_METHOD_PARAMS', 'it is not base64')
    if (bytes.length === 0) throw new SctpNotificationError('TCN_SCTP_LENGTH', 'it is empty', { offset: 0 })
    const { largestFrame } = this.#bus
    const { source, platform } = this.#format
    const writer = new FrameWriter({
      source: this.#principal.source,
      maxFrame: largestFrame,
      firstCounter: this.#nextCounter,
    })
    for (const notification of parseNotifications(bytes, this.#format)) {
      const { tag, data } = sourceEvent(source, notification, { platform, largestFrame })
      writer.write(tag, data)
      if (++this.#written % AT_ONCE === 0) await nextTurn(this.#runtime)
    }
    return [...taken(writer)]
  }

  #check(frames: Uint8Array): void {
    for (let at = 0; at < frames.length; at += frameBytes(frames, at)) {
      const refusal = this.#publisher.refusalOf(frames, at)
      if (refusal !== undefined) throw refusal
    }
  }

  #refuse({ code, message }: TocsinError): void {
    if (this.#errors.at(-1)?.index === this.#index) return
    this.#errors.push({ index: this.#index, code, message })
  }
}

function* taken(writer: FrameWriter): Generator<WrittenFrames> {
  for (let piece = writer.take(); piece !== undefined; piece = writer.take()) yield piece
}
