import { networkOf } from '../../access/network.js'
import type { LongWork } from '../../incremental/long-work.js'
import {
  errorText,
  isOrdered,
  readMessage,
  relayed,
  type SysadmMessage,
} from '../../protocols/sysadm/codec/envelope.js'
import { Pause } from '../shared/peer-connection.js'
import { textFrames } from '../web/websocket/frame.js'
import type { TextPeer, TextSocket } from '../web/websocket/text-socket.js'
import type { SysadmContext } from './context.js'
import { SysadmSession } from './session.js'
import type { EventOutput } from './subscriptions.js'

/** A connection is closed if nobody on it is logged in for this long, ms. */
export const LOGIN_TIMEOUT = 30_000
/** … or if no message came for this long. Events that are sent do not count. */
export const IDLE_TIMEOUT = 30 * 60_000
/** Peers on one connection that come through a relay. */
const MAX_RELAYED = 256
/** Longest message from a connection on which nobody is logged in, characters. */
const MAX_FIRST_MESSAGE = 64 * 1024
/** Messages from such a connection, and their characters. A client needs a few. */
const MAX_FIRST_MESSAGES = 2000
const MAX_FIRST_TEXT = 1024 * 1024

/** The connection of a peer, or what stands for it beyond a bridge. */
export type PeerSocket = Pick<
  TextSocket,
  'pending' | 'write' | 'reply' | 'end' | 'pause' | 'resume' | 'admitted'
>

export interface PeerOptions {
  address: string
  /** True if a bridge is on the way. Then the peer is alone on its connection. */
  isBridged?: boolean
  left(peer: SysadmPeer): void
}

/** One connection: its own peer, and those that share it through a relay. */
export class SysadmPeer implements TextPeer, EventOutput {
  readonly #context: SysadmContext
  readonly #socket: PeerSocket
  readonly #options: PeerOptions
  readonly #direct: SysadmSession
  /** Created for the first one. */
  #relayed: Map<string, SysadmSession> | undefined
  /** Messages that wait for one that must come first. */
  readonly #waiting: string[] = []
  #running = 0
  #isOrdering = false
  #lastMessage: number
  /** Time since which nobody has been logged in, ms (monotonic). */
  #strangeSince: number
  /** The number of messages from this connection since then. */
  #strangeMessages = 0
  #strangeText = 0
  /** True while it waits for its turn among all peers. */
  #isInLine = false

  constructor(context: SysadmContext, socket: PeerSocket, options: PeerOptions) {
    this.#context = context
    this.#socket = socket
    this.#options = options
    this.#direct = this.#makeSession(undefined)
    this.#lastMessage = this.#strangeSince = context.host.runtime.monotonic()
  }

  get isNew(): boolean {
    if (this.#direct.isLoggedIn) return false
    for (const { isLoggedIn } of this.#relayedOnes()) if (isLoggedIn) return false
    return true
  }

  /** Closes a connection that has been of no use for too long. */
  check(now: number): void {
    const isIdle = now - this.#lastMessage >= IDLE_TIMEOUT
    const isStrange = this.isNew && now - this.#strangeSince >= LOGIN_TIMEOUT
    if (isIdle || isStrange) this.end('TCN_PROTOCOL_IDLE')
  }

  // ---- input

  message(data: Buffer): undefined {
    this.take(data.toString())
  }

  take(text: string): void {
    this.#lastMessage = this.#context.host.runtime.monotonic()
    this.#waiting.push(text)
    this.#advance()
  }

  drained(): void {
    this.#direct.drained()
    for (const session of this.#relayedOnes()) session.drained()
  }

  closed(): void {
    this.#waiting.length = 0
    this.#direct.close()
    for (const session of this.#relayedOnes()) session.close()
    this.#relayed = undefined
    this.#options.left(this)
  }

  goodbye(): void {
    this.end('STOP')
  }

  // ---- output

  get pending(): number {
    return this.#socket.pending
  }

  write(frames: Uint8Array): void {
    this.#socket.write(frames)
  }

  end(reason: string): void {
    this.#socket.end(reason)
  }

  // ---- requests

  /** Begins requests in the order of their messages. Nothing is read while one must come first or too many run. */
  #advance(): void {
    while (this.#mayBegin && this.#waiting.length > 0) {
      const { strangers, requests } = this.#context
      if (this.isNew) this.#lineUp(strangers, () => this.#beginFirst())
      else if (requests.hasTime) this.#beginNext()
      else this.#lineUp(requests, () => this.#beginNext())
    }
    if (this.#mayBegin) this.#socket.resume(Pause.work)
    else this.#socket.pause(Pause.work)
  }

  get #mayBegin(): boolean {
    return !this.#isInLine && !this.#isOrdering && this.#running < this.#context.host.budgets.limits.requests
  }

  /**
   * One message of a stranger is begun in a turn of the event loop, and strangers together have a slice of it. So have all
   * others, who may have many messages in one chunk.
   */
  #lineUp(line: LongWork, beginOne: () => void): void {
    this.#isInLine = true
    const begin = () => {
      this.#isInLine = false
      beginOne()
    }
    line.once(networkOf(this.#options.address), begin).then(
      () => this.#advance(),
      () => this.end('TCN_PROTOCOL_TOO_MANY'),
    )
  }

  #beginNext(): void {
    const text = this.#waiting.shift()
    if (text !== undefined) this.#begin(readMessage(text))
  }

  #beginFirst(): void {
    const text = this.#waiting.shift()
    if (text === undefined) return
    this.#strangeMessages++
    this.#strangeText += text.length
    const isTooMuch = this.#strangeMessages > MAX_FIRST_MESSAGES || this.#strangeText > MAX_FIRST_TEXT
    if (text.length > MAX_FIRST_MESSAGE) this.end('TCN_PROTOCOL_LENGTH')
    else if (isTooMuch) this.end('TCN_PROTOCOL_TOO_MANY')
    else this.#begin(readMessage(text))
  }

  #begin({ relay, request, id = '' }: SysadmMessage): void {
    if (request === undefined || (relay !== undefined && this.#options.isBridged)) {
      this.#reply(relay, errorText(request?.id ?? id, 400))
      return
    }
    const session = this.#sessionOf(relay)
    if (session === undefined) {
      this.#reply(relay, errorText(request.id, 503))
      return
    }
    const comesFirst = isOrdered(request)
    this.#running++
    this.#isOrdering = comesFirst
    void session.handle(request).then((text) => {
      this.#running--
      if (comesFirst) this.#isOrdering = false
      if (text !== undefined) this.#reply(relay, text)
      this.#advance()
    })
  }

  #reply(relay: string | undefined, text: string): void {
    this.#socket.reply(textFrames([relayed(relay, text)]))
  }

  #sessionOf(relay: string | undefined): SysadmSession | undefined {
    if (relay === undefined) return this.#direct
    this.#relayed ??= new Map()
    const known = this.#relayed.get(relay)
    if (known !== undefined) return known
    if (this.#relayed.size >= MAX_RELAYED && !this.#dropStranger(this.#relayed)) return undefined
    const session = this.#makeSession(relay)
    this.#relayed.set(relay, session)
    return session
  }

  #relayedOnes(): Iterable<SysadmSession> {
    return this.#relayed?.values() ?? []
  }

  /** Makes room by forgetting a relayed peer that is not logged in. */
  #dropStranger(relayed: Map<string, SysadmSession>): boolean {
    for (const [relay, session] of relayed) {
      if (session.isLoggedIn) continue
      session.close()
      return relayed.delete(relay)
    }
    return false
  }

  #makeSession(relay: string | undefined): SysadmSession {
    const { address, isBridged = false } = this.#options
    return new SysadmSession(this.#context, this, {
      relay,
      address,
      isBridged,
      onLogin: () => this.#loginChanged(),
    })
  }

  #loginChanged(): void {
    if (this.isNew) {
      this.#strangeSince = this.#context.host.runtime.monotonic()
      this.#strangeMessages = this.#strangeText = 0
    } else this.#socket.admitted()
  }
}
