import type { Socket } from 'node:net'
import type { SubscriptionApi } from '../../../bus/api.js'
import type { EndReason, Sink, SubscriberStatus } from '../../../bus/sink.js'
import { TocsinError, toTocsinError } from '../../../event/errors.js'
import type { Door } from './door.js'

/** What a subscriber needs of the bus that it listens to. */
export interface PubHost {
  subscribe(sink: Sink, label: string): Promise<SubscriptionApi>
  /** Ends the connection behind what was written, and breaks it when that takes too long. */
  end(socket: Socket): void
  /** Says why a subscriber was closed. */
  closed(error: TocsinError, listener: string): void
  left(peer: PubPeer): void
}

/** Pieces are put together up to so many bytes or from so many pieces on; else the system gets them as a list. */
const JOIN_BYTES = 4096
const JOIN_PIECES = 8

const owner = Symbol('subscriber')
type Owned = Socket & { [owner]: PubPeer }

/** One subscriber. What it sends means nothing, and is thrown away. */
export class PubPeer implements Sink {
  readonly door: Door
  readonly socket: Socket
  readonly #host: PubHost
  #subscription: SubscriptionApi | undefined
  #over = false

  constructor(host: PubHost, door: Door, socket: Socket) {
    this.#host = host
    this.door = door
    this.socket = socket
    ;(socket as Owned)[owner] = this
    socket.on('data', ignore)
    socket.on('drain', onDrain)
    socket.on('error', ignore)
    socket.on('close', onClose)
    host.subscribe(this, door.address).then(
      (subscription) => this.#opened(subscription),
      (error) => this.#fail(toTocsinError(error, 'TCN_INTERNAL')),
    )
  }

  get pending(): number {
    return this.socket.writableLength
  }

  write(pieces: readonly Uint8Array[]): void {
    const { socket } = this
    if (!socket.writable) return
    if (pieces.length === 1) {
      socket.write(pieces[0])
      return
    }
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0)
    if (bytes <= JOIN_BYTES || pieces.length >= JOIN_PIECES) {
      socket.write(Buffer.concat(pieces, bytes))
      return
    }
    socket.cork()
    for (const piece of pieces) socket.write(piece)
    socket.uncork()
  }

  /** A Salt client cannot be told that something is missing: it is better closed, which it notices. */
  status(status: SubscriberStatus): void {
    if (status.type !== 'gap') return
    this.#fail(
      new TocsinError('TCN_BUS_GAP', `the events ${status.from} to ${status.to} are no longer there`),
    )
  }

  end({ code, message }: EndReason): void {
    this.#subscription = undefined
    if (code !== 'STOP' && code !== 'END') this.#tell(new TocsinError(code, message))
    this.#host.end(this.socket)
  }

  #opened(subscription: SubscriptionApi): void {
    if (this.#over) {
      subscription.close()
      return
    }
    this.#subscription = subscription
    // It may have taken everything before there was anybody to tell.
    if (this.pending === 0) subscription.drained()
  }

  #fail(error: TocsinError): void {
    this.#tell(error)
    this.socket.destroy()
  }

  #tell(error: TocsinError): void {
    if (!this.#over) this.#host.closed(error, this.door.address)
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

function onDrain(this: Socket): void {
  ;(this as Owned)[owner].drained()
}

function onClose(this: Socket): void {
  ;(this as Owned)[owner].closed()
}

function ignore(): void {}
