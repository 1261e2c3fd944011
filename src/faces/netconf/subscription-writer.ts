import type { Format, Piece } from '../../bus/sink.js'
import type { TocsinError } from '../../errors/tocsin-error.js'
import { formatTime } from '../../event/position.js'
import { framedText } from '../../protocols/netconf/codec/framing.js'
import { STREAMS } from '../../protocols/netconf/codec/namespaces.js'
import { escapeXml } from '../../protocols/netconf/codec/xml.js'
import { changeText, missingText } from '../../protocols/netconf/server/notification.js'
import type { SubscriptionRequest } from '../../protocols/netconf/server/subscription-request.js'
import type { StreamWriter } from '../shared/streams/stream-writer.js'
import type { NetconfContext, SessionOutput } from './context.js'
import { fitsNotification } from './format.js'

/** Frames of up to this many bytes have few values. */
const FEW_BYTES = 8192

interface WrittenSubscription {
  /** Undefined for the one subscription of RFC 5277. */
  readonly id: number | undefined
  /** The subscription is over. */
  ended(): void
}

/** Writes what a subscription gets, from the reply to its request on. */
export class SubscriptionWriter implements StreamWriter {
  readonly surelyFits = FEW_BYTES
  readonly format: Format
  readonly #context: NetconfContext
  readonly #session: SessionOutput
  readonly #subscription: WrittenSubscription
  /** The messages that come before the reply is sent. */
  #early: Uint8Array[] | undefined = []
  #earlyBytes = 0

  constructor(context: NetconfContext, session: SessionOutput, subscription: WrittenSubscription) {
    const { chunked, marked } = context.formats
    this.format = session.isChunked ? chunked : marked
    this.#context = context
    this.#session = session
    this.#subscription = subscription
  }

  /** The reply is sent. */
  begin(): void {
    const early = this.#early ?? []
    this.#early = undefined
    this.#earlyBytes = 0
    for (const bytes of early) this.#session.write(bytes)
    if (this.#session.pending === 0) this.#session.drained()
  }

  get pending(): number {
    return this.#earlyBytes + this.#session.pending
  }

  write(pieces: readonly Piece[]): void {
    for (const piece of pieces) if (piece instanceof Uint8Array) this.#put(piece)
  }

  fits(frames: Uint8Array, at: number): boolean {
    return fitsNotification(frames, at)
  }

  events(frames: Uint8Array): void {
    this.#put(this.format.encode(frames))
  }

  missing(from: number, to: number, reason: string): void {
    this.#tell(missingText(from, to, reason))
  }

  replayComplete(): void {
    const { id } = this.#subscription
    this.#tell(id === undefined ? `<replayComplete xmlns="${STREAMS}"/>` : changeText('replay-completed', id))
  }

  complete(): void {
    const { id, ended } = this.#subscription
    this.#tell(
      id === undefined
        ? `<notificationComplete xmlns="${STREAMS}"/>`
        : changeText('subscription-completed', id),
    )
    ended()
  }

  replayFailed(message: string): void {
    this.#terminate(message)
  }

  /** With RFC 5277 nothing but the end of the session says that the subscription has ended. */
  fail(error: TocsinError): void {
    if (this.#subscription.id === undefined) this.#session.fail(error)
    else this.#terminate(error.message)
  }

  /** The subscription has another filter or stop time from here on (RFC 8639, section 2.7.2). */
  modified({ stream, xpath, stop }: SubscriptionRequest): void {
    const filter = xpath === undefined ? '' : `<stream-xpath-filter>${escapeXml(xpath)}</stream-xpath-filter>`
    const stopTime = stop === undefined ? '' : `<stop-time>${formatTime(stop)}</stop-time>`
    const { id = 0 } = this.#subscription
    this.#session.send(
      this.#context.notify(
        changeText('subscription-modified', id, `${filter}<stream>${escapeXml(stream)}</stream>${stopTime}`),
      ),
    )
  }

  #terminate(message: string): void {
    const { id = 0, ended } = this.#subscription
    const reason = '<reason>stream-unavailable</reason>'
    this.#tell(
      changeText('subscription-terminated', id, `${reason}<!-- ${message.replaceAll('--', '- ')} -->`),
    )
    ended()
  }

  #tell(content: string): void {
    const text = framedText(this.#context.notify(content), this.#session.isChunked)
    this.#put(Buffer.from(text))
  }

  #put(bytes: Uint8Array): void {
    if (this.#early === undefined) this.#session.write(bytes)
    else {
      this.#early.push(bytes)
      this.#earlyBytes += bytes.length
    }
  }
}
