import type { Transport, TransportEvents } from './transport.js'

export const SUBPROTOCOL = 'tocsin.v1'

/** The part that the WebSockets of browsers, of Node and of `ws` have in common. */
export interface WebSocketLike {
  readonly readyState: number
  readonly bufferedAmount: number
  send(data: Uint8Array): void
  close(code?: number): void
  /** Only in `ws`: a browser cannot stop reading. */
  pause?(): void
  resume?(): void
  addEventListener(type: string, listener: (event: never) => void): void
}

const OPEN = 1
/** A hub accepts messages of 1 MiB from a peer that says only in its hello who it is. */
const MAX_MESSAGE_BYTES = 512 * 1024
/** Kept for a program that does not read, if the socket itself cannot stop reading. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024

/**
 * The native protocol in binary WebSocket messages. If the socket cannot stop reading, messages are kept while the
 * program does not read. When there are too many, the connection is closed; after the kept messages, a new connection
 * resumes from the cursor.
 */
export class WebSocketTransport implements Transport {
  readonly #socket: WebSocketLike
  readonly #events: TransportEvents
  #paused = false
  #unread: Uint8Array[] = []
  #unreadBytes = 0
  #end: { error: Error | undefined } | undefined

  constructor(socket: WebSocketLike, events: TransportEvents) {
    this.#socket = socket
    this.#events = events
    socket.addEventListener('message', ({ data }: { data: unknown }) => this.#received(data))
    socket.addEventListener('close', ({ code, reason }: { code: number; reason: string }) => {
      const why = reason === '' ? `closed with ${code}` : `${reason} (${code})`
      this.#closed(code === 1000 ? undefined : new Error(why))
    })
  }

  write(pieces: readonly Uint8Array[]): void {
    if (this.#socket.readyState !== OPEN) return
    for (const piece of pieces) {
      for (let at = 0; at < piece.length; at += MAX_MESSAGE_BYTES)
        this.#socket.send(piece.subarray(at, at + MAX_MESSAGE_BYTES))
    }
  }

  get pending(): number {
    return this.#socket.bufferedAmount
  }

  pause(): void {
    this.#paused = true
    this.#socket.pause?.()
  }

  resume(): void {
    this.#paused = false
    const unread = this.#unread
    this.#unread = []
    this.#unreadBytes = 0
    while (unread.length > 0 && !this.#paused) this.#events.received(unread.shift() as Uint8Array)
    if (this.#paused) this.#keepAgain(unread)
    else if (this.#end !== undefined) this.#events.closed(this.#end.error)
    else this.#socket.resume?.()
  }

  end(): void {
    this.#unread = []
    this.#paused = false
    // A paused socket would not notice that the peer closes it too.
    this.#socket.resume?.()
    this.#socket.close(1000)
  }

  #received(data: unknown): void {
    const chunk = data instanceof ArrayBuffer ? new Uint8Array(data) : data
    if (!(chunk instanceof Uint8Array)) return
    if (this.#paused) this.#keep(chunk)
    else this.#events.received(chunk)
  }

  #keep(chunk: Uint8Array): void {
    if (this.#end !== undefined) return
    this.#unread.push(chunk)
    this.#unreadBytes += chunk.length
    if (this.#unreadBytes <= MAX_UNREAD_BYTES) return
    this.#end = { error: new Error('more arrived than the program has read') }
    this.#socket.close(1000)
  }

  #keepAgain(unread: Uint8Array[]): void {
    this.#unread = [...unread, ...this.#unread]
    this.#unreadBytes = this.#unread.reduce((sum, { length }) => sum + length, 0)
  }

  #closed(error: Error | undefined): void {
    if (this.#paused && this.#unread.length > 0) this.#end ??= { error }
    else this.#events.closed(error)
  }
}
