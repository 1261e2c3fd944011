import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { SubscriptionApi } from '../../bus/api.js'
import type { EndReason, Sink, SubscriberStatus } from '../../bus/sink.js'
import { formatCursor } from '../../event/cursor.js'
import type { TocsinError } from '../../event/errors.js'
import type { Runtime } from '../../event/runtime.js'
import { LAST_CHUNK, SSE_OPENING, sseBlock, sseBytes, sseStatus } from '../formats/sse.js'

/** How long a reader may take for the last words, ms. */
const CLOSE_TIMEOUT = 5000
/** The system asks a silent peer whether it is still there, ms. */
const KEEP_ALIVE = 30_000

export interface SseOptions {
  epoch: string
  runtime: Runtime
  /** Chunks of HTTP/1.1; HTTP/1.0 has none, there the end of the connection is the end of the stream. */
  chunked: boolean
  headers: Record<string, string>
}

/**
 * One stream of server-sent events. The head is written by Node, what follows goes to the socket as it is: the bytes
 * are those of all who see the same.
 */
export class SseStream implements Sink {
  readonly #response: ServerResponse
  readonly #socket: Socket
  readonly #options: SseOptions
  #subscription: SubscriptionApi | undefined
  #begun = false
  #closed = false
  onClose: (() => void) | undefined

  constructor(response: ServerResponse, socket: Socket, options: SseOptions) {
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
    const block = sseStatus(status, this.#options.epoch)
    if (block !== '') this.#say(block)
  }

  end({ code, message, seq }: EndReason): void {
    this.#end({ code, message, cursor: formatCursor(this.#options.epoch, seq) })
  }

  /** Ended from this side: where the reader stands is known to it alone. */
  fail({ code, message }: TocsinError): void {
    this.#end({ code, message })
  }

  #end(reason: object): void {
    if (this.#closed) return
    const { runtime, chunked } = this.#options
    this.#say(sseBlock('end', undefined, reason))
    if (chunked) this.#socket.write(LAST_CHUNK)
    this.#socket.end()
    const cancel = runtime.after(CLOSE_TIMEOUT, () => this.#socket.destroy())
    this.#socket.once('close', cancel)
    this.#close()
  }

  #say(blocks: string): void {
    this.write([sseBytes(blocks, this.#options.chunked)])
  }

  #begin(): void {
    if (this.#begun) return
    this.#begun = true
    this.#socket.setKeepAlive(true, KEEP_ALIVE)
    this.#response.writeHead(200, this.#options.headers)
    this.#response.flushHeaders()
    this.#say(SSE_OPENING)
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#subscription?.close()
    this.#subscription = undefined
    this.onClose?.()
  }
}
