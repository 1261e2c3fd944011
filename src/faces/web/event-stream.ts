import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Sessions } from '../../access/sessions.js'
import type { SubscriptionApi } from '../../bus/api.js'
import type { Piece, Sink, SubscriberStatus } from '../../bus/sink.js'
import { toTocsinError } from '../../errors/tocsin-error.js'
import type { Runtime } from '../../event/runtime.js'
import type { LongWork } from '../../incremental/long-work.js'
import { isLongOutput, type LongPeer, LongWriter } from '../../incremental/long-writer.js'
import { tokenEnded } from '../shared/listener.js'
import { leaveHttp } from '../shared/socket-handle.js'
import { onClose, onDrain, setOwner } from '../shared/stream-owner.js'
import { writeCorked } from '../shared/write-joined.js'
import { LAST_CHUNK, type StreamTexts, sseBytes } from './sse.js'

/** Time that a reader may take to read the end of a stream, ms. */
const CLOSE_TIMEOUT_MS = 5000
/** After this time without data, the system checks whether the peer still exists, ms. */
const KEEP_ALIVE_MS = 30_000

/** The properties that all streams of one kind share. */
export interface StreamKind {
  texts: StreamTexts
  runtime: Runtime
  /** True if the body is sent in chunks (HTTP/1.1). In HTTP/1.0 the end of the connection ends the stream. */
  chunked: boolean
  /** Told of the end of each session. */
  sessions?: Pick<Sessions, 'end'>
  /** Writes long output, if the format of the streams has any. */
  longOutput?: LongWork
}

type EndableSubscription = Pick<SubscriptionApi, 'drained' | 'close'>

export interface StreamHead {
  response: ServerResponse
  headers: Record<string, string>
}

/**
 * One stream of server-sent events. Node writes the head; everything after it is written directly to the socket, as
 * bytes that all readers of the same events share. Since there may be 10,000 streams, each must be small: it keeps
 * nothing of the request, and its listeners are shared functions.
 */
export class EventStream implements Sink, LongPeer {
  readonly #kind: StreamKind
  #socket: Socket
  /** Undefined once the head is written. */
  #head: StreamHead | undefined
  #subscription: EndableSubscription | undefined
  #closed = false
  /** True if the connection has been moved out of HTTP, or cannot be. */
  #hasLeft = false
  #ended: AbortSignal | undefined
  /** Present while long output is written. */
  #long: LongWriter | undefined
  readonly principal: string | undefined
  #usid: number | undefined

  constructor(socket: Socket, head: StreamHead, kind: StreamKind, principal?: string) {
    this.principal = principal
    this.#kind = kind
    this.#head = head
    this.#socket = socket
    this.#listen(socket)
  }

  /** Called with the subscription, which from now on is notified when the peer has taken everything, and its session. */
  opened(subscription: EndableSubscription, session?: () => number): void {
    if (this.#closed) {
      subscription.close()
      return
    }
    this.#subscription = subscription
    this.#usid = session?.()
    this.#begin()
    if (this.pending === 0) subscription.drained()
  }

  /** Ends the stream when the reader's credentials are no longer valid. */
  endWith(ended: AbortSignal | undefined): void {
    if (ended === undefined || this.#closed) return
    this.#ended = ended
    ended.addEventListener('abort', this)
    if (ended.aborted) this.handleEvent()
  }

  /** Ends the stream when the credentials are no longer valid. Called by their signal, so that no closure is needed. */
  handleEvent(): void {
    this.end(tokenEnded())
  }

  get pending(): number {
    return this.unsent + (this.#long?.pending ?? 0)
  }

  get unsent(): number {
    return this.#socket.writableLength
  }

  write(pieces: readonly Piece[]): void {
    if (this.#closed) return
    this.#begin()
    if (this.#long !== undefined || pieces.some(isLongOutput)) this.#writeLong(pieces)
    else this.send(pieces as readonly Uint8Array[])
  }

  send(pieces: readonly Uint8Array[]): void {
    // Not joined: many readers share these bytes, and joining would copy them for each reader.
    writeCorked(this.#socket, pieces)
  }

  status(status: SubscriberStatus): void {
    this.#send(this.#kind.texts.status(status))
  }

  /**
   * Ends the stream. Without `seq` the face ends it, and only the reader knows its position. A reader ignores an event
   * that is cut off, so the stream may end inside of one; the reason would become a part of it.
   */
  end(reason: Parameters<StreamTexts['end']>[0]): void {
    if (this.#closed) return
    const { runtime, chunked, texts } = this.#kind
    this.#begin()
    if (this.#long === undefined) this.#send(texts.end(reason))
    if (chunked) this.#socket.write(LAST_CHUNK)
    this.#socket.end()
    const cancel = runtime.after(CLOSE_TIMEOUT_MS, () => this.#socket.destroy())
    this.#socket.once('close', cancel)
    this.closed()
  }

  leave(message: string): void {
    this.end({ code: 'STOP', message })
  }

  drained(): void {
    if (!this.#hasLeft) this.#leaveSoon()
    if (this.#long === undefined) this.#subscription?.drained()
    else this.#long.goOn()
  }

  longDone(): void {
    this.#long = undefined
    if (this.unsent === 0) this.drained()
  }

  longFailed(error: unknown): void {
    this.end(toTocsinError(error, 'TCN_INTERNAL'))
  }

  /** Closes the subscription: the reader has disconnected, or the end of the stream has been written. */
  closed(): void {
    if (this.#closed) return
    this.#closed = true
    this.#long?.stop()
    if (this.#usid !== undefined) this.#kind.sessions?.end(this.#usid)
    this.#subscription?.close()
    this.#subscription = undefined
    this.#ended?.removeEventListener('abort', this)
  }

  #send(blocks: string): void {
    if (blocks !== '') this.write([sseBytes(blocks, this.#kind.chunked)])
  }

  #writeLong(pieces: readonly Piece[]): void {
    this.#long ??= new LongWriter(this, this.#kind.longOutput!)
    this.#long.add(pieces)
  }

  #begin(): void {
    if (this.#head === undefined) return
    const { response, headers } = this.#head
    this.#head = undefined
    this.#socket.setKeepAlive(true, KEEP_ALIVE_MS)
    response.writeHead(200, headers)
    response.flushHeaders()
    this.#leaveSoon()
    this.#send(this.#kind.texts.opening)
  }

  /** Not at once: the parser may still be reading what the peer has sent after its request, and must not lose its socket. */
  #leaveSoon(): void {
    this.#kind.runtime.soon(() => {
      if (!this.#closed && !this.#hasLeft && this.#socket.writableLength === 0) this.#leaveHttp()
    })
  }

  #leaveHttp(): void {
    this.#hasLeft = true
    const old = this.#socket
    this.#socket = leaveHttp(old)
    if (this.#socket === old) return
    old.off('drain', onDrain).off('close', onClose)
    this.#listen(this.#socket)
  }

  #listen(socket: Socket): void {
    setOwner(socket, this)
    socket.on('drain', onDrain)
    socket.on('close', onClose)
  }
}

/** Returns the cursor after which a reader wants to resume, as browsers send it when they reconnect. */
export function lastEventId({ headers }: IncomingMessage): string | undefined {
  const id = headers['last-event-id']
  return typeof id === 'string' && id !== '' ? id : undefined
}
