import type { Socket } from 'node:net'
import { TocsinError, toTocsinError } from '../../../errors/tocsin-error.js'
import { FrameSplitter } from '../../../protocols/salt/codec/frame.js'
import { HeldBytes } from '../../shared/budget.js'
import type { BodyPublisher } from './body-publisher.js'
import type { DropReporter } from './drop-reporter.js'
import type { SaltListener, SaltPeer } from './listener.js'

/** The Salt bus as its publishers see it. */
export interface PullHost {
  readonly intake: BodyPublisher
  readonly drops: DropReporter
  readonly maxFrame: number
  /** True if publishers have to wait. */
  readonly paused: boolean
  /** Makes all publishers wait for the next turn of the event loop once they have used the time of this one. */
  restIfNoTime(): void
  /** Returns false when incomplete frames take too much memory in total. */
  countHalfReceived(change: number): boolean
  left(peer: PullPeer): void
}

/** One publisher. It receives no answers; a stream that cannot be parsed any further is closed. */
export class PullPeer implements SaltPeer {
  readonly listener: SaltListener
  readonly socket: Socket
  readonly #host: PullHost
  readonly #splitter: FrameSplitter
  readonly #halfReceived: HeldBytes

  constructor(host: PullHost, listener: SaltListener, socket: Socket) {
    this.#host = host
    this.listener = listener
    this.socket = socket
    this.#halfReceived = new HeldBytes(host)
    this.#splitter = new FrameSplitter(host.intake, host.maxFrame)
    socket.on('data', (chunk) => this.#receive(chunk))
    socket.on('end', () => this.#ended())
    socket.on('error', () => undefined)
    socket.on('close', () => this.#closed())
    if (host.paused) socket.pause()
  }

  #receive(chunk: Uint8Array): void {
    const { intake } = this.#host
    try {
      this.#splitter.push(chunk)
      if (!this.#halfReceived.set(this.#splitter.pendingBytes)) {
        throw new TocsinError('TCN_PROTOCOL_TOO_MANY', 'too much incomplete input is buffered')
      }
    } catch (error) {
      this.#fail(toTocsinError(error, 'TCN_INTERNAL'))
    } finally {
      intake.publish()
    }
    this.#host.restIfNoTime()
    if (this.#host.paused) this.socket.pause()
  }

  /** Closes a stream of which nothing more can be read, for example because the start of the next frame is unknown. */
  #fail({ code, message }: TocsinError): void {
    this.#host.drops.add(code, message)
    this.socket.destroy()
  }

  #ended(): void {
    if (this.#splitter.heldBytes > 0) {
      this.#host.drops.add('TCN_SALT_FRAME', 'the connection ended within a frame')
    }
  }

  #closed(): void {
    this.#halfReceived.set(0)
    this.#host.left(this)
  }
}
