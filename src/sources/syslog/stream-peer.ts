import type { Socket } from 'node:net'
import type { Runtime } from '../../event/runtime.js'
import { StreamReader } from '../text/stream-reader.js'
import { type SyslogFrame, SyslogFramer } from './framer.js'
import type { Sender, SyslogMessages } from './messages.js'

const KEEP_ALIVE_MS = 60_000

export interface StreamPeerOptions {
  socket: Socket
  sender: Sender
  maxMessage: number
  messages: SyslogMessages
  runtime: Runtime
  /** Called when the connection has ended and everything that it brought is published. */
  over(peer: StreamPeer): void
}

/** One connection of a sender. */
export class StreamPeer {
  readonly #options: StreamPeerOptions
  readonly #framer: SyslogFramer
  readonly #reader: StreamReader<SyslogFrame>
  #heldSince: number | undefined

  constructor(options: StreamPeerOptions) {
    this.#options = options
    this.#framer = new SyslogFramer(options.maxMessage)
    const { socket, messages, sender, runtime } = options
    socket.setKeepAlive(true, KEEP_ALIVE_MS)
    this.#reader = new StreamReader({
      stream: socket,
      splitter: this.#framer,
      runtime,
      take: (frame) => messages.publish(frame, sender),
      drained: () => this.#noticeHalf(),
      over: () => options.over(this),
    })
  }

  /** Bytes of a message whose end has not arrived. */
  get held(): number {
    return this.#framer.held
  }

  /** Time since which the end of a message is missing, ms (monotonic). */
  get heldSince(): number | undefined {
    return this.#heldSince
  }

  /** The connection ends, and what has arrived is published. */
  close(): void {
    this.#options.socket.destroy()
  }

  /** Nothing more is published. */
  abandon(): void {
    this.#reader.abandon()
  }

  #noticeHalf(): void {
    const isHalf = this.#framer.held > 0
    this.#heldSince = isHalf ? (this.#heldSince ?? this.#options.runtime.monotonic()) : undefined
  }
}
