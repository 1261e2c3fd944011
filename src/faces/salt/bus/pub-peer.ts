import type { Socket } from 'node:net'
import type { SubscriptionApi } from '../../../bus/api.js'
import type { EndReason, Sink, SubscriberStatus } from '../../../bus/sink.js'
import { TocsinError, toTocsinError } from '../../../errors/tocsin-error.js'
import { ignore, onClose, onDrain, setOwner } from '../../shared/stream-owner.js'
import { writeJoined } from '../../shared/write-joined.js'
import type { SaltListener, SaltPeer } from './listener.js'

/** The Salt bus as its subscribers see it. */
export interface PubHost {
  subscribe(sink: Sink, label: string): Promise<SubscriptionApi>
  /** Ends the connection after all output, and closes it forcibly if that takes too long. */
  end(socket: Socket): void
  /** Reports why a subscriber was closed. */
  closed(error: TocsinError, listener: string): void
  left(peer: PubPeer): void
}

/** One subscriber. Anything it sends is ignored. */
export class PubPeer implements SaltPeer, Sink {
  readonly listener: SaltListener
  readonly socket: Socket
  readonly #host: PubHost
  #subscription: SubscriptionApi | undefined
  #over = false

  constructor(host: PubHost, listener: SaltListener, socket: Socket) {
    this.#host = host
    this.listener = listener
    this.socket = socket
    setOwner(socket, this)
    socket.on('data', ignore)
    socket.on('drain', onDrain)
    socket.on('error', ignore)
    socket.on('close', onClose)
    host.subscribe(this, listener.address).then(
      (subscription) => this.#opened(subscription),
      (error) => this.#fail(toTocsinError(error, 'TCN_INTERNAL')),
    )
  }

  get pending(): number {
    return this.socket.writableLength
  }

  write(pieces: readonly Uint8Array[]): void {
    if (this.socket.writable) writeJoined(this.socket, pieces)
  }

  /** Salt has no message for a gap: closing the connection is better, because the client notices it. */
  status(status: SubscriberStatus): void {
    if (status.type !== 'gap') return
    this.#fail(
      new TocsinError('TCN_BUS_GAP', `the events ${status.from} to ${status.to} are no longer in the log`),
    )
  }

  end({ code, message }: EndReason): void {
    this.#subscription = undefined
    if (code !== 'STOP' && code !== 'END') this.#report(new TocsinError(code, message))
    this.#host.end(this.socket)
  }

  #opened(subscription: SubscriptionApi): void {
    if (this.#over) {
      subscription.close()
      return
    }
    this.#subscription = subscription
    // The peer may have taken everything before the subscription existed.
    if (this.pending === 0) subscription.drained()
  }

  #fail(error: TocsinError): void {
    this.#report(error)
    this.socket.destroy()
  }

  #report(error: TocsinError): void {
    if (!this.#over) this.#host.closed(error, this.listener.address)
    this.#over = true
  }

  drained(): void {
    this.#subscription?.drained()
  }

  closed(): void {
    this.#over = true
    this.#subscription?.close()
    this.#subscription = undefined
    this.#host.left(this)
  }
}
