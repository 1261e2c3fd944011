import type { ControlRecord } from '../faces/native/codec.js'
import type { Hello } from '../faces/native/protocol.js'
import { Backoff } from './backoff.js'
import { Link, type LinkUser } from './link.js'
import { isPassing, type Loss, lossError, toLoss } from './loss.js'
import type { Dial } from './transport.js'

export interface KeptLinkUser {
  onEvents(bytes: Uint8Array, start: number, end: number): void
  onRecord(record: ControlRecord): void
  /** The hub answered: the first time, and again after each loss. */
  onLinked(link: Link): void
  /** The connection is lost; it is tried again in `delay` ms. */
  onRetrying(loss: Loss, delay: number): void
  /** True when a loss that is not passing is dealt with, so that trying again makes sense. */
  forgives?(loss: Loss): boolean
  /** It is over for good. */
  onFailed(loss: Loss): void
}

export interface KeptLinkOptions {
  dial: Dial
  hello: Omit<Hello, 'version'>
  reconnect: boolean
}

/** A connection that comes back when it is lost, after pauses that grow. */
export class KeptLink implements LinkUser {
  readonly #user: KeptLinkUser
  readonly #options: KeptLinkOptions
  readonly #backoff = new Backoff()
  readonly #abort = new AbortController()
  #link: Link | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #closed = false

  constructor(user: KeptLinkUser, options: KeptLinkOptions) {
    this.#user = user
    this.#options = options
  }

  /** Undefined while there is no connection. */
  get link(): Link | undefined {
    return this.#link
  }

  /** The first connection must come about: rejects when it does not. */
  async open(): Promise<void> {
    await this.#connect()
  }

  /** The first connection may take its time. */
  start(): void {
    this.#connect().catch((error) => this.onLost(toLoss(error)))
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#timer)
    this.#abort.abort()
    this.#link?.close()
    this.#link = undefined
  }

  onEvents(bytes: Uint8Array, start: number, end: number): void {
    this.#backoff.reset()
    this.#user.onEvents(bytes, start, end)
  }

  onRecord(record: ControlRecord): void {
    this.#backoff.reset()
    this.#user.onRecord(record)
  }

  onLost(loss: Loss): void {
    this.#link = undefined
    if (this.#closed) return
    if (!this.#options.reconnect || !(isPassing(loss) || this.#user.forgives?.(loss))) {
      this.close()
      this.#user.onFailed(loss)
      return
    }
    const delay = this.#backoff.next()
    this.#timer = setTimeout(() => this.start(), delay)
    this.#user.onRetrying(loss, delay)
  }

  async #connect(): Promise<void> {
    const { dial, hello } = this.#options
    const link = await Link.open(dial, hello, this, this.#abort.signal)
    if (this.#closed) {
      link.close()
      throw lossError({ code: 'TCN_CLIENT_CLOSED', message: 'the client is closed' })
    }
    // Lost again already: that has been seen to.
    if (link.isOver) return
    this.#link = link
    this.#user.onLinked(link)
  }
}
