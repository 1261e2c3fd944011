import type { ControlRecord } from '../../protocols/native/codec.js'
import type { Hello } from '../../protocols/native/protocol.js'
import { Backoff } from './backoff.js'
import {
  type DisconnectReason,
  disconnectError,
  isTransient,
  toDisconnectReason,
} from './disconnect-reason.js'
import { Link, type LinkUser } from './link.js'
import type { Dial } from './transport.js'

export interface SupervisedLinkUser {
  onEvents(bytes: Uint8Array, start: number, end: number, count: number): void
  onRecord(record: ControlRecord): void
  /** The hub has answered: at the start, and again after each lost connection. */
  onLinked(link: Link): void
  /** The connection is lost; the next attempt follows in `delay` ms. */
  onRetrying(reason: DisconnectReason, delay: number): void
  /** Returns true if the user has removed the cause of a reason that is not transient, so that it makes sense to retry. */
  recoversFrom?(reason: DisconnectReason): boolean
  /** No further attempt follows. */
  onFailed(reason: DisconnectReason): void
}

export interface SupervisedLinkOptions {
  dial: Dial
  /** For each connection. */
  hello: () => Omit<Hello, 'version'>
  reconnect: boolean
}

const CLOSED: DisconnectReason = { code: 'TCN_CLIENT_CLOSED', message: 'the client is closed' }

/** A connection that is restored when it is lost, after growing pauses. */
export class SupervisedLink implements LinkUser {
  readonly #user: SupervisedLinkUser
  readonly #options: SupervisedLinkOptions
  readonly #backoff = new Backoff()
  readonly #abort = new AbortController()
  #link: Link | undefined
  #linkedAt = 0
  #lost: DisconnectReason | undefined
  /** Address of the hub that serves this client, if another one has said so. */
  #elsewhere: unknown
  #timer: ReturnType<typeof setTimeout> | undefined
  #closed = false

  constructor(user: SupervisedLinkUser, options: SupervisedLinkOptions) {
    this.#user = user
    this.#options = options
  }

  /** Undefined while there is no connection. */
  get link(): Link | undefined {
    return this.#link
  }

  /** Connects for the first time. Rejects if that fails, without another attempt. */
  async open(): Promise<void> {
    if (await this.#connect()) return
    this.close()
    throw disconnectError(this.#lost ?? CLOSED)
  }

  /** Connects in the background, with as many attempts as it takes. */
  start(): void {
    this.#connect().catch((error) => this.onDisconnected(toDisconnectReason(error)))
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#timer)
    this.#abort.abort()
    this.#link?.close()
    this.#link = undefined
  }

  onEvents(bytes: Uint8Array, start: number, end: number, count: number): void {
    this.#user.onEvents(bytes, start, end, count)
  }

  onRecord(record: ControlRecord): void {
    this.#user.onRecord(record)
  }

  onDisconnected(reason: DisconnectReason): void {
    const lasted = this.#link === undefined ? 0 : performance.now() - this.#linkedAt
    this.#link = undefined
    this.#lost = reason
    if (this.#closed) return
    if (!this.#options.reconnect || !(isTransient(reason) || this.#user.recoversFrom?.(reason))) {
      this.close()
      this.#user.onFailed(reason)
      return
    }
    this.#elsewhere =
      reason.code === 'TCN_CONSUMER_ELSEWHERE' ? `${reason.details?.address ?? ''}` : undefined
    const delay = this.#backoff.next(lasted)
    this.#timer = setTimeout(() => this.start(), delay)
    this.#user.onRetrying(reason, delay)
  }

  /** Returns false if the hub has greeted and the connection is lost already. */
  async #connect(): Promise<boolean> {
    const { dial, hello } = this.#options
    const link = await Link.open(
      (events, signal) => dial(events, signal, this.#elsewhere),
      hello(),
      this,
      this.#abort.signal,
    )
    // `onDisconnected` has handled it.
    if (link.isClosed) return false
    if (this.#closed) {
      link.close()
      throw disconnectError(CLOSED)
    }
    this.#link = link
    this.#linkedAt = performance.now()
    this.#user.onLinked(link)
    return true
  }
}
