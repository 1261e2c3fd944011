import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { SubscriptionApi } from '../../bus/api.js'
import type { EndReason, Sink, SubscriberStatus } from '../../bus/sink.js'
import type { Runtime } from '../../event/runtime.js'
import { LAST_CHUNK, sseBytes } from '../formats/sse.js'

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

export interface EventStreamOptions {
  voice: StreamVoice
  runtime: Runtime
  /** Chunks of HTTP/1.1; HTTP/1.0 has none, there the end of the connection is the end of the stream. */
  chunked: boolean
  headers: Record<string, string>
}

/**
 * One stream of server-sent events. The head is written by Node, what follows goes to the socket as it is: the bytes
 * are those of all who see the same.
 */
export class EventStream implements Sink {
  readonly #response: ServerResponse
  readonly #socket: Socket
  readonly #options: EventStreamOptions
  #subscription: SubscriptionApi | undefined
  #begun = false
  #closed = false
  #unhear: (() => void) | undefined

  constructor(response: ServerResponse, socket: Socket, options: EventStreamOptions) {
    this.#response = response
    this.#socket = socket
    this.#options = options
    socket.on('drain', () => this.#subscription?.drained())
    socket.once('close', () => this.#close())
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
    const end = () => this.end({ code: 'TCN_ACCESS_TOKEN', message: 'the token is no longer good' })
    this.#unhear = () => ended.removeEventListener('abort', end)
    ended.addEventListener('abort', end)
    if (ended.aborted) end()
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
    this.#say(this.#options.voice.status(status))
  }

  /** Without `seq`: ended from this side, and where the reader stands is known to it alone. */
  end(reason: Parameters<StreamVoice['end']>[0]): void {
    if (this.#closed) return
    const { runtime, chunked, voice } = this.#options
    this.#begin()
    this.#say(voice.end(reason))
    if (chunked) this.#socket.write(LAST_CHUNK)
    this.#socket.end()
    const cancel = runtime.after(CLOSE_TIMEOUT, () => this.#socket.destroy())
    this.#socket.once('close', cancel)
    this.#close()
  }

  #say(blocks: string): void {
    if (blocks !== '') this.write([sseBytes(blocks, this.#options.chunked)])
  }

  #begin(): void {
    if (this.#begun) return
    this.#begun = true
    this.#socket.setKeepAlive(true, KEEP_ALIVE)
    this.#response.writeHead(200, this.#options.headers)
    this.#response.flushHeaders()
    this.#say(this.#options.voice.opening)
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#subscription?.close()
    this.#subscription = undefined
    this.#unhear?.()
  }
}

/** Where a reader left off, as browsers say it when they connect again. */
export function lastEventId({ headers }: IncomingMessage): string | undefined {
  const id = headers['last-event-id']
  return typeof id === 'string' && id !== '' ? id : undefined
}
