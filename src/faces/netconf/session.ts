import type { Principal } from '../../bus/principal.js'
import { type ErrorCode, TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import type { Cancel } from '../../event/runtime.js'
import { begin } from '../../parts/work.js'
import { framedText } from '../../protocols/netconf/codec/framing.js'
import { helloText, readHello, supports } from '../../protocols/netconf/codec/hello.js'
import type { XmlElement } from '../../protocols/netconf/codec/xml.js'
import { NetconfMessageReader } from '../../protocols/netconf/message-reader.js'
import {
  errorText,
  fault,
  type RpcRequest,
  readRequest,
  replyText,
} from '../../protocols/netconf/server/rpc.js'
import { serverCapabilities } from '../../protocols/netconf/server/state.js'
import { HeldBytes } from '../shared/budget.js'
import { tokenEnded } from '../shared/listener.js'
import { type NetconfPeer, pendingOf, placeOf } from './connection.js'
import type { OpenSession, OpenSessions, SessionEnd } from './open-session.js'
import { operationOf } from './operations.js'
import { type SessionEnding, SessionEvents } from './session-events.js'
import { SessionSubscriptions } from './subscriptions.js'

/** A request is short; a filter is the longest thing in it. */
const MAX_MESSAGE_BYTES = 256 * 1024
/** Until the hello of the client has come, ms. */
const HELLO_MS = 20_000
/** Time that a client may take to read the end, ms. */
const CLOSE_MS = 5000
/** Bytes of replies and notifications that may wait while requests are still read. */
const MAX_PENDING = 256 * 1024

/** A session of a client. Requests are carried out one after the other. */
export class ServedSession implements OpenSession {
  readonly id: number
  readonly subscriptions: SessionSubscriptions
  readonly place: string
  readonly #context: OpenSessions
  readonly #peer: NetconfPeer
  readonly #reader: NetconfMessageReader
  readonly #events: SessionEvents
  readonly #held: HeldBytes
  readonly #closed: (session: ServedSession) => void
  readonly #cancelHello: Cancel
  #cancelForce: Cancel | undefined
  /** Waits until less is pending. */
  #awaitsRoom: (() => void) | undefined
  #isGreeted = false
  #isOver = false

  /** `closed` is called when the connection has ended. */
  constructor(context: OpenSessions, peer: NetconfPeer, closed: (session: ServedSession) => void) {
    const { host, work: longWork } = context
    const { runtime, sessions, budgets } = host
    const { principal, ended } = peer.identity
    this.#context = context
    this.#peer = peer
    this.#closed = closed
    this.place = placeOf(peer)
    this.id = sessions.begin(principal.name, 'netconf', this.place)
    this.subscriptions = new SessionSubscriptions(context, this)
    this.#events = new SessionEvents(host)
    this.#held = new HeldBytes(budgets)
    this.#reader = new NetconfMessageReader(peer.stream, {
      runtime,
      longWork,
      longest: MAX_MESSAGE_BYTES,
      name: principal.name,
      message: (message) => this.#take(message),
      unreadable: (error) => this.#unreadable(error),
      tooLong: () => this.#unreadable(fault('too-big', `a message has more than ${MAX_MESSAGE_BYTES} bytes`)),
      held: (bytes) => this.#hold(bytes),
      failed: (error) => this.fail(toTocsinError(error, 'TCN_INTERNAL')),
    })
    this.#cancelHello = runtime.after(HELLO_MS, () => this.end({ reason: 'timeout' }))
    this.#follow()
    ended?.addEventListener('abort', this.#revoked)
    this.#write(framedText(helloText(serverCapabilities, this.id), false))
    if (ended?.aborted) this.#revoked()
  }

  get principal(): Principal {
    return this.#peer.identity.principal
  }

  get isChunked(): boolean {
    return this.#reader.isChunked
  }

  get pending(): number {
    return pendingOf(this.#peer)
  }

  write(bytes: Uint8Array): void {
    if (this.#isOver) return
    const { socket, stream } = this.#peer
    // SSH writes each packet in three pieces, which would be as many calls of the system.
    socket.cork()
    stream.write(bytes, this.#taken)
    socket.uncork()
  }

  send(text: string): void {
    this.#write(framedText(text, this.isChunked))
  }

  drained(): void {
    this.subscriptions.drained()
  }

  fail(error: TocsinError): void {
    if (this.#isOver) return
    const { name: principal } = this.principal
    this.#context.host.reports.refused(error, { principal, listener: this.place })
    this.end({ reason: this.#isGreeted ? 'other' : 'bad-hello' })
  }

  end({ reason, killedBy }: SessionEnd): void {
    if (this.#isOver) return
    this.#over(reason, killedBy)
    const { socket, stream } = this.#peer
    const { runtime } = this.#context.host
    this.#cancelForce = runtime.after(CLOSE_MS, () => socket.destroy())
    stream.resume()
    stream.end(() => socket.end())
  }

  destroy(): void {
    this.#over('dropped')
    this.#peer.socket.destroy()
  }

  // ---- the connection

  #follow(): void {
    const { socket, stream } = this.#peer
    const dropped = () => {
      this.#over('dropped')
      socket.destroySoon()
    }
    stream.on('error', () => socket.destroy())
    stream.on('end', () => this.end({ reason: 'dropped' }))
    stream.on('close', dropped)
    stream.on('drain', this.#taken)
    if (stream !== socket) socket.on('drain', this.#taken)
    socket.once('close', () => {
      dropped()
      this.#cancelForce?.()
      this.#closed(this)
    })
  }

  readonly #taken = (): void => {
    const { pending } = this
    if (pending <= MAX_PENDING) this.#awaitsRoom?.()
    if (pending === 0) this.drained()
  }

  readonly #revoked = (): void => this.fail(tokenEnded())

  #over(reason: SessionEnding, killedBy?: number): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#cancelHello()
    this.#reader.stop()
    this.#held.set(0)
    this.#awaitsRoom?.()
    this.subscriptions.close()
    this.#peer.identity.ended?.removeEventListener('abort', this.#revoked)
    this.#context.sessions.delete(this.id)
    this.#tellEnd(reason, killedBy)
    this.#context.host.sessions.end(this.id)
  }

  #tellEnd(reason: SessionEnding, killedBy?: number): void {
    const began = this.#isGreeted
    if (began || reason === 'bad-hello' || reason === 'timeout')
      this.#events.ended({ ...this.#facts, id: began ? this.id : 0 }, reason, killedBy)
  }

  get #facts() {
    return { id: this.id, user: this.principal.name, from: this.#peer.socket.remoteAddress ?? 'gone' }
  }

  #write(text: string): void {
    this.write(Buffer.from(text))
  }

  #hold(bytes: number): void {
    if (!this.#held.set(bytes)) throw new TocsinError('TCN_PROTOCOL_TOO_MANY')
  }

  // ---- messages

  #take(message: XmlElement): Promise<void> | undefined {
    if (this.#isGreeted) return this.#request(message)
    this.#greet(message)
    return undefined
  }

  #greet(message: XmlElement): void {
    const hello = readHello(message)
    if (!supports(hello, 'base10') && !supports(hello, 'base11'))
      throw new TocsinError('TCN_NETCONF_MESSAGE', 'the client supports neither base 1.0 nor base 1.1')
    if (hello.sessionId !== undefined)
      throw new TocsinError('TCN_NETCONF_MESSAGE', 'the hello of a client has no session-id')
    this.#cancelHello()
    this.#reader.isChunked = supports(hello, 'base11')
    this.#isGreeted = true
    this.#context.sessions.set(this.id, this)
    this.#events.began(this.#facts)
  }

  /** After a message that cannot be read, nothing is known of what the client wants. */
  #unreadable(error: unknown): void {
    const reason = toTocsinError(error, 'TCN_NETCONF_XML')
    if (this.#isGreeted) this.send(replyText(undefined, errorText(reason)))
    throw reason
  }

  async #request(message: XmlElement): Promise<void> {
    const { access } = this.#context.host.reports.work
    const { runtime } = this.#context.host
    const since = runtime.monotonic()
    // A client may send hundreds of requests at once, each of which takes about a millisecond.
    const { work } = this.#context
    const { what, result } = await work.begin(this.principal.name, () => this.#answer(message))
    if (access.isRead) {
      const address = this.#peer.socket.remoteAddress
      const [principal, ms] = [this.principal.name, runtime.monotonic() - since]
      access.ended({ principal, address, what: `${what} in session ${this.id}`, result, ms, isNetconf: true })
    }
    if (this.pending > MAX_PENDING && !this.#isOver) await this.#room()
  }

  async #answer(message: XmlElement): Promise<{ what: string; result: string }> {
    let request: RpcRequest | undefined
    try {
      request = readRequest(message)
      const { name } = request.operation
      begin({ face: 'netconf', what: name, principal: this.principal.name })
      const { content, afterwards } = await operationOf(request.operation)(
        this,
        request.operation,
        this.#context,
      )
      this.send(replyText(request, content))
      afterwards?.()
      return { what: name, result: 'ok' }
    } catch (thrown) {
      const error = toTocsinError(thrown, 'TCN_INTERNAL')
      this.send(replyText(request, errorText(error)))
      return { what: request?.operation.name.slice(0, 80) ?? 'rpc', result: resultOf(error) }
    }
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#awaitsRoom = () => {
        this.#awaitsRoom = undefined
        resolve()
      }
    })
  }
}

function resultOf({ code, details }: TocsinError): ErrorCode | string {
  return typeof details.tag === 'string' ? details.tag : code
}
