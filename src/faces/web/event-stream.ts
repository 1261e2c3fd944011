import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { SubscriptionApi } from '../../bus/api.js'
import type { EndReason, Sink, SubscriberStatus } from '../../bus/sink.js'
import type { Runtime } from '../../event/runtime.js'
import { LAST_CHUNK, sseBytes } from '../formats/sse.js'
import { leaveHttp } from './leave-http.js'

/** How long a reader may take for the last words, ms. */
const CLOSE_TIMEOUT = 5000
/** The system asks a silent peer whether it is still there, ms. */
const KEEP_ALIVE = 30_000

/** What a face says in a stream beside events. Text that is empty is not said. */
export interface StreamVoice {
  readonly opening: string
  status(status: SubscriberStatus): string
  end(reason: Pick<EndReason, 'code' | 'message'> & { seq?: number }): string
}

/** What streams of one kind have in common. */
export interface StreamKind {
  voice: StreamVoice
  runtime: Runtime
  /** Chunks of HTTP/1.1; HTTP/1.0 has none, there the end of the connection is the end of the stream. */
  chunked: boolean
}

export interface StreamHead {
  response: ServerResponse
  headers: Record<string, string>
}

const reader = Symbol('stream')
type Read = Socket & { [reader]: EventStream }

/**
 * One stream of server-sent events. The head is written by Node, what follows goes to the socket as it is: the bytes
 * are those of all who see the same. One of 10,000 must be small: of the request nothing is kept, and listeners are
 * shared functions.
 */
export class EventStream implements Sink {
  readonly #kind: StreamKind
  #socket: Socket
  /** Until it is written. */
  #head: StreamHead | undefined
  #subscription: SubscriptionApi | undefined
  #closed = false
  #ended: AbortSignal | undefined

  constructor(socket: Socket, head: StreamHead, kind: StreamKind) {
    this.#kind = kind
    this.#head = head
    this.#socket = socket
    this.#hear(socket)
  }

  /** The bus has said yes; from here on it may be told that the peer took everything. */
  opened(subscription: SubscriptionApi): void {
    if (this.#closed) {
      subscription.close()
      return
    }
    this.#subscription = subscription
    this.#begin()
    if (this.pending === 0) subscription.drained()
  }

  /** Ends it when what its reader showed holds no more. */
  endWith(ended: AbortSignal | undefined): void {
    if (ended === undefined || this.#closed) return
    this.#ended = ended
    ended.addEventListener('abort', this)
    if (ended.aborted) this.handleEvent()
  }

  /** The credentials hold no more. */
  handleEvent(): void {
    this.end({ code: 'TCN_ACCESS_TOKEN', message: 'the token is no longer good' })
  }

  get pending(): number {
    return this.#socket.writableLength
  }

  write(pieces: readonly Uint8Array[]): void {
    if (this.#closed) return
    this.#begin()
    if (pieces.length === 1) {
      this.#socket.write(pieces[0])
      return
    }
    this.#socket.cork()
    for (const piece of pieces) this.#socket.write(piece)
    this.#socket.uncork()
  }

  status(status: SubscriberStatus): void {
    this.#say(this.#kind.voice.status(status))
  }

  /** Without `seq`: ended from this side, and where the reader stands is known to it alone. */
  end(reason: Parameters<StreamVoice['end']>[0]): void {
    if (this.#closed) return
    const { runtime, chunked, voice } = this.#kind
    this.#begin()
    this.#say(voice.end(reason))
    if (chunked) this.#socket.write(LAST_CHUNK)
    this.#socket.end()
    const cancel = runtime.after(CLOSE_TIMEOUT, () => this.#socket.destroy())
    this.#socket.once('close', cancel)
    this.closed()
  }

  drained(): void {
    this.#subscription?.drained()
  }

  /** The reader is gone, or has been told the last. */
  closed(): void {
    if (this.#closed) return
    this.#closed = true
    this.#subscription?.close()
    this.#subscription = undefined
    this.#ended?.removeEventListener('abort', this)
  }

  #say(blocks: string): void {
    if (blocks !== '') this.write([sseBytes(blocks, this.#kind.chunked)])
  }

  #begin(): void {
    if (this.#head === undefined) return
    const { response, headers } = this.#head
    this.#head = undefined
    this.#socket.setKeepAlive(true, KEEP_ALIVE)
    response.writeHead(200, headers)
    response.flushHeaders()
    this.#leaveHttp()
    this.#say(this.#kind.voice.opening)
  }

  #leaveHttp(): void {
    const old = this.#socket
    this.#socket = leaveHttp(old)
    if (this.#socket === old) return
    old.off('drain', onDrain).off('close', onClose)
    this.#hear(this.#socket)
  }

  #hear(socket: Socket): void {
    ;(socket as Read)[reader] = this
    socket.on('drain', onDrain)
    socket.on('close', onClose)
  }
}

function onDrain(this: Socket): void {
  ;(this as Read)[reader].drained()
}

function onClose(this: Socket): void {
  ;(this as Read)[reader].closed()
}

/** Where a reader left off, as browsers say it when they connect again. */
export function lastEventId({ headers }: IncomingMessage): string | undefined {
  const id = headers['last-event-id']
  return typeof id === 'string' && id !== '' ? id : undefined
}
