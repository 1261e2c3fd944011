import type { Socket } from 'node:net'
import type { Runtime } from '../../event/runtime.js'
import { type Splitter, StreamReader } from '../text/stream-reader.js'

const KEEP_ALIVE_MS = 60_000

/** The frames that a connection brings, and who takes them. */
export interface StreamTalk<Frame> {
  /** `held`: bytes that it keeps of an incomplete frame. */
  framer: Splitter<Frame> & { readonly held: number }
  /** Returns false if the hub accepts no events at present. */
  take(frame: Frame): boolean
  /** Called when everything that has arrived for now is taken. */
  drained?(): void
}

export interface SenderConnection {
  socket: Socket
  runtime: Runtime
  /** Called when the connection has ended and everything that it brought is published; `reason`: why the hub has ended it. */
  over(reason?: string): void
  /** Called if the sender is not one that the listener is for. */
  refused(): void
}

/** One connection of a sender, as its listener sees it. */
export interface ListenedPeer {
  /** Bytes of a message whose end has not arrived; 0 while what has arrived waits for the hub. */
  readonly held: number
  /** Time since which the end of a message is missing, ms (monotonic); undefined while the sender waits for the hub. */
  readonly heldSince: number | undefined
  /** The connection ends, and what has arrived is published. */
  close(reason: string): void
  /** Nothing more is published. */
  abandon(): void
}

export class StreamPeer<Frame> implements ListenedPeer {
  readonly #connection: SenderConnection
  readonly #talk: StreamTalk<Frame>
  readonly #reader: StreamReader<Frame>
  #heldSince: number | undefined
  #closedFor: string | undefined

  constructor(connection: SenderConnection, talk: StreamTalk<Frame>) {
    this.#connection = connection
    this.#talk = talk
    const { socket, runtime, over } = connection
    socket.setKeepAlive(true, KEEP_ALIVE_MS)
    this.#reader = new StreamReader({
      stream: socket,
      splitter: talk.framer,
      runtime,
      take: (frame) => this.#take(frame),
      drained: () => {
        this.#noticeHalf()
        talk.drained?.()
      },
      over: () => over(this.#closedFor),
    })
  }

  get held(): number {
    return this.#reader.waits ? 0 : this.#talk.framer.held
  }

  get heldSince(): number | undefined {
    return this.#reader.waits ? undefined : this.#heldSince
  }

  close(reason: string): void {
    this.#closedFor ??= reason
    this.#connection.socket.destroy()
  }

  abandon(): void {
    this.#reader.abandon()
  }

  #take(frame: Frame): boolean {
    const isTaken = this.#talk.take(frame)
    if (isTaken) this.#heldSince = undefined
    return isTaken
  }

  #noticeHalf(): void {
    const isHalf = this.held > 0
    this.#heldSince = isHalf ? (this.#heldSince ?? this.#connection.runtime.monotonic()) : undefined
  }
}
