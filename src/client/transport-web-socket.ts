import type { Transport, TransportEvents } from './transport.js'

export const SUBPROTOCOL = 'tocsin.v1'

/** What a WebSocket of a browser, of Node and of `ws` have in common. */
export interface WebSocketLike {
  readonly readyState: number
  send(data: Uint8Array): void
  close(code?: number): void
  /** `ws` only: a browser has no way to stop reading. */
  pause?(): void
  resume?(): void
  addEventListener(type: string, listener: (event: never) => void): void
}

const OPEN = 1
/** Held at most for a program that does not read, where the socket itself cannot wait. */
const MOST_HELD_BYTES = 8 * 1024 * 1024

/**
 * The native protocol in binary messages. Where reading cannot be stopped, messages are held while the
 * program does not read; when that is too much the connection is closed, and behind what is held a new one
 * goes on from the cursor.
 */
export class WebSocketTransport implements Transport {
  readonly #socket: WebSocketLike
  readonly #events: TransportEvents
  #paused = false
  #held: Uint8Array[] = []
  #heldBytes = 0
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
    for (const piece of pieces) this.#socket.send(piece)
  }

  pause(): void {
    this.#paused = true
    this.#socket.pause?.()
  }

  resume(): void {
    this.#paused = false
    const held = this.#held
    this.#held = []
    this.#heldBytes = 0
    while (held.length > 0 && !this.#paused) this.#events.received(held.shift() as Uint8Array)
    if (this.#paused) this.#holdAgain(held)
    else if (this.#end !== undefined) this.#events.closed(this.#end.error)
    else this.#socket.resume?.()
  }

  end(): void {
    this.#held = []
    this.#paused = false
    // A paused socket would not hear that the other side closes too.
    this.#socket.resume?.()
    this.#socket.close(1000)
  }

  #received(data: unknown): void {
    const chunk = data instanceof ArrayBuffer ? new Uint8Array(data) : data
    if (!(chunk instanceof Uint8Array)) return
    if (this.#paused) this.#hold(chunk)
    else this.#events.received(chunk)
  }

  #hold(chunk: Uint8Array): void {
    if (this.#end !== undefined) return
    this.#held.push(chunk)
    this.#heldBytes += chunk.length
    if (this.#heldBytes <= MOST_HELD_BYTES) return
    this.#end = { error: new Error('more came than was read') }
    this.#socket.close(1000)
  }

  #holdAgain(held: Uint8Array[]): void {
    this.#held = [...held, ...this.#held]
    this.#heldBytes = this.#held.reduce((sum, { length }) => sum + length, 0)
  }

  #closed(error: Error | undefined): void {
    if (this.#paused && this.#held.length > 0) this.#end ??= { error }
    else this.#events.closed(error)
  }
}
