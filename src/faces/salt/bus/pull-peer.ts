import type { Socket } from 'node:net'
import { TocsinError, toTocsinError } from '../../../event/errors.js'
import { HeldBytes } from '../../held-bytes.js'
import { FrameSplitter } from '../codec/frame.js'
import type { Door } from './door.js'
import type { Drops } from './drops.js'
import type { Intake } from './intake.js'

/** What a publisher needs of the bus that it writes to. */
export interface PullHost {
  readonly intake: Intake
  readonly drops: Drops
  readonly maxFrame: number
  /** Publishers have to wait. */
  readonly paused: boolean
  /** False when what is not complete takes too much memory in all. */
  countHalfReceived(change: number): boolean
  left(peer: PullPeer): void
}

/** One publisher. It is never answered; a stream that nobody can read any further is closed. */
export class PullPeer {
  readonly door: Door
  readonly socket: Socket
  readonly #host: PullHost
  readonly #splitter: FrameSplitter
  readonly #halfReceived: HeldBytes

  constructor(host: PullHost, door: Door, socket: Socket) {
    this.#host = host
    this.door = door
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
        throw new TocsinError('TCN_PROTOCOL_TOO_MANY', 'too much is half received')
      }
    } catch (error) {
      this.#fail(toTocsinError(error, 'TCN_INTERNAL'))
    } finally {
      intake.publish()
    }
    if (this.#host.paused) this.socket.pause()
  }

  /** Nobody can tell where its next frame would begin. */
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
