import type { SubscriptionApi } from '../../../bus/api.js'
import type { EndReason, Sink, SubscriberStatus } from '../../../bus/sink.js'
import { toTocsinError } from '../../../event/errors.js'
import { iterateFrames } from '../../../event/event.js'
import { textFrames } from '../../formats/websocket-frame.js'
import type { TextPeer, TextSocket } from '../../web/text-socket.js'
import type { FormattedEvents } from './formatted-events.js'

const READY = 'websocket client ready'
const RECEIVED = textFrames(['server received message'])
/** Answers that wait for the peer, bytes; above it nothing more is read. */
const MOST_WAITING = 64 * 1024
const REPLIES = 1

export interface WebSocketPeerOptions {
  subscribe(sink: Sink): Promise<SubscriptionApi>
  /** Says jobs and minions instead of events. */
  formatted: FormattedEvents | undefined
  ended: AbortSignal
}

/** A peer of `/ws`: says that it is ready, and gets events from then on. Every message is answered alike. */
export class WebSocketPeer implements TextPeer, Sink {
  readonly isNew = false
  readonly #socket: TextSocket
  readonly #options: WebSocketPeerOptions
  #subscription: SubscriptionApi | undefined
  #asked = false
  #closed = false

  constructor(socket: TextSocket, options: WebSocketPeerOptions) {
    this.#socket = socket
    this.#options = options
    options.ended.addEventListener('abort', this.#expire)
  }

  // ---- what comes in

  message(text: string): void {
    this.#socket.write(RECEIVED)
    if (this.#socket.pending > MOST_WAITING) this.#socket.pause(REPLIES)
    if (text === READY && !this.#asked) this.#subscribe()
  }

  binary(): void {
    this.message('')
  }

  drained(): void {
    this.#socket.resume(REPLIES)
    this.#subscription?.drained()
  }

  closed(): void {
    this.#closed = true
    this.#options.ended.removeEventListener('abort', this.#expire)
    this.#subscription?.close()
    this.#subscription = undefined
  }

  /** The hub stops. */
  goodbye(): void {
    this.#socket.end('STOP')
  }

  #subscribe(): void {
    this.#asked = true
    this.#options.subscribe(this).then(
      (subscription) => {
        if (this.#closed) subscription.close()
        else this.#subscription = subscription
      },
      (error: unknown) => this.#socket.end(toTocsinError(error, 'TCN_INTERNAL').code),
    )
  }

  #expire = (): void => this.#socket.end('TCN_ACCESS_TOKEN')

  // ---- what goes out

  get pending(): number {
    return this.#socket.pending
  }

  write(pieces: readonly Uint8Array[]): void {
    const { formatted } = this.#options
    for (const piece of pieces) {
      if (formatted === undefined) this.#socket.write(piece)
      else this.#say(formatted.of(iterateFrames(piece)))
    }
  }

  /** Nothing can be said of a gap: the connection ends. */
  status(status: SubscriberStatus): void {
    if (status.type === 'gap') this.#socket.end('TCN_BUS_LAG')
  }

  end({ code }: EndReason): void {
    this.#socket.end(code)
  }

  #say(messages: readonly string[]): void {
    if (messages.length > 0) this.#socket.write(textFrames(messages))
  }
}
