import { messageOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { type Cancel, endedInTime, type Runtime } from '../../../event/runtime.js'
import type { LongWork } from '../../../incremental/long-work.js'
import { SharedValues } from '../../transport/shared-values.js'
import { frameMessage } from '../codec/framing.js'
import { helloText, type NetconfHello, readHello, supports } from '../codec/hello.js'
import { isNotification } from '../codec/notification.js'
import { CLOSE_SESSION, type RpcReply, readReply, refusedError, rpcText } from '../codec/rpc.js'
import type { XmlElement } from '../codec/xml.js'
import { NetconfMessageReader } from '../message-reader.js'
import { refusedCertificate } from './tls.js'
import type { NetconfTransport } from './transport.js'

export interface NetconfSessionOptions {
  readonly runtime: Runtime
  /** For the hello, and for each reply while nothing else comes, ms. */
  readonly timeout: number
  /** Bytes of the longest message that is read. */
  readonly longest: number
  /** Reads long messages, under this name. */
  readonly longWork: LongWork
  readonly name: string
  /** Takes a notification. While what it returns is pending, nothing more is read from the device. */
  notification(message: XmlElement, bytes: Buffer): Promise<void> | undefined
  /** A message was left out. */
  leftOut(reason: string): void
  /** Called once, unless `close` was called. */
  closed(error: Error): void
}

interface AwaitedReply {
  readonly what: string
  resolve(reply: RpcReply): void
  reject(error: Error): void
  cancel: Cancel
}

const CLOSE_MS = 500
/** The module lists of large routers have half a megabyte. */
const MAX_HELLO = 4 * 1024 * 1024
/** Time for the answer to the first request, after which the device is asked for nothing, and again after as long, ms. */
const NUDGE_MS = 2_000
/** Selects nothing. Some device may take an empty filter for none, and send all that it has. */
const NOTHING = '<get><filter type="subtree"><nothing xmlns="urn:tocsin:nothing"/></filter></get>'
const MAX_REQUESTS = 64
const endings = ['end', 'close'] as const
const capabilities = new SharedValues<NetconfHello['capabilities']>()
const modules = new SharedValues<NetconfHello['modules']>()

/** A session with a device. The hello of the device must come first; replies belong to requests by their number. */
export class NetconfSession {
  readonly #transport: NetconfTransport
  readonly #options: NetconfSessionOptions
  readonly #reader: NetconfMessageReader
  readonly #requests = new Map<string, AwaitedReply>()
  #hello: NetconfHello | undefined
  #greeted!: (hello: NetconfHello) => void
  #failed!: (error: Error) => void
  #lastId = 0
  #cancelNudge: Cancel = () => {}
  #isOver = false

  /** Resolves when the hello has come. Ends the transport if it does not. */
  static async open(transport: NetconfTransport, options: NetconfSessionOptions): Promise<NetconfSession> {
    const session = new NetconfSession(transport, options)
    const { runtime, timeout } = options
    const cancel = runtime.after(timeout, () => session.#end(late('the hello', timeout)))
    try {
      await session.#opened
      return session
    } finally {
      cancel()
    }
  }

  readonly #opened: Promise<NetconfHello>

  private constructor(transport: NetconfTransport, options: NetconfSessionOptions) {
    this.#transport = transport
    this.#options = options
    const { stream } = transport
    const { runtime, longest, longWork, name } = options
    this.#reader = new NetconfMessageReader(stream, {
      ...{ runtime, longest, longWork, name },
      message: (message, bytes) => this.#handle(message, bytes),
      unreadable: (error) => this.#leaveOut(error),
      held: (bytes) => this.#boundHello(bytes),
      tooLong: () => this.#boundHello(longest),
      failed: (error) => this.#end(error),
    })
    this.#opened = new Promise((resolve, reject) => {
      this.#greeted = resolve
      this.#failed = reject
    })
    stream.on('error', (error) => this.#end(lostError(error)))
    for (const event of endings) stream.on(event, () => this.#end(this.#endedError))
    stream.write(frameMessage(helloText(), false))
  }

  get #endedError(): TocsinError {
    const when = this.#hello === undefined ? ' before its hello' : ''
    return closedError(`the device has ended the session${when}`)
  }

  get hello(): NetconfHello {
    if (this.#hello === undefined) throw closedError('there was no hello')
    return this.#hello
  }

  get fingerprint(): string {
    return this.#transport.fingerprint
  }

  /** Rejects with TCN_NETCONF_REFUSED if the reply has errors. `what` names the request in messages. */
  request(what: string, operation: string): Promise<RpcReply> {
    const { runtime, timeout } = this.#options
    const id = String(++this.#lastId)
    return new Promise((resolve, reject) => {
      if (this.#isOver) throw closedError('the session has ended')
      if (this.#requests.size >= MAX_REQUESTS) throw closedError('too many requests wait for the device')
      const request = { what, resolve, reject, cancel: () => {} }
      this.#requests.set(id, request)
      const expect = (since: number): void => {
        request.cancel = runtime.after(timeout, () => {
          // The answer to a subscription may come after all of the past.
          if (this.#reader.messages !== since) return expect(this.#reader.messages)
          this.#requests.delete(id)
          reject(late(`the answer to ${what}`, timeout))
        })
      }
      expect(this.#reader.messages)
      this.#send(rpcText(id, operation))
      if (this.#lastId === 1) this.#nudgeLater()
    })
  }

  /** Takes leave of the device, and ends the connection soon, whatever the device does. */
  async close(): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    const { stream } = this.#transport
    const left = new Promise<void>((resolve) => {
      for (const event of endings) stream.once(event, () => resolve())
    })
    this.#send(rpcText(String(++this.#lastId), CLOSE_SESSION))
    this.#settle(closedError('the session was closed'))
    stream.resume()
    await endedInTime(this.#options.runtime, left, CLOSE_MS)
    this.#transport.destroy()
  }

  /** Ends the connection at once. */
  destroy(): void {
    this.#isOver = true
    this.#settle(closedError('the session was closed'))
    this.#transport.destroy()
  }

  /** netconfd does not look at a request that it has read together with the hello until more comes. */
  #nudgeLater(): void {
    const since = this.#reader.messages
    this.#cancelNudge = this.#options.runtime.after(NUDGE_MS, () => {
      if (this.#reader.messages !== since || this.#requests.size === 0) return
      this.#send(rpcText(String(++this.#lastId), NOTHING))
      // A busy device may have read this together with the hello, too.
      this.#nudgeLater()
    })
  }

  #send(text: string): void {
    this.#transport.stream.write(frameMessage(text, this.#reader.isChunked))
  }

  #boundHello(bytes: number): void {
    if (this.#hello === undefined && bytes >= Math.min(MAX_HELLO, this.#options.longest))
      throw new TocsinError('TCN_NETCONF_FRAME', `the hello of the device is longer than ${bytes} bytes`)
  }

  /** The messages after it can be read: a device would send it again in each replay. */
  #leaveOut(error: unknown): undefined {
    if (this.#hello === undefined) throw error
    this.#options.leftOut(messageOf(error))
  }

  #handle(message: XmlElement, bytes: Buffer): Promise<void> | undefined {
    if (this.#hello === undefined) return this.#greet(message)
    if (isNotification(message)) return this.#options.notification(message, bytes)
    if (message.name === 'rpc-reply') this.#answer(readReply(message))
    return undefined
  }

  #greet(message: XmlElement): undefined {
    const hello = readHello(message)
    if (!supports(hello, 'base10') && !supports(hello, 'base11'))
      throw new TocsinError('TCN_NETCONF_UNSUPPORTED', 'the device supports neither base 1.0 nor base 1.1')
    this.#reader.isChunked = supports(hello, 'base11')
    this.#hello = {
      sessionId: hello.sessionId,
      capabilities: capabilities.of(hello.capabilities, () => hello.capabilities),
      modules: modules.of(hello.capabilities, () => hello.modules),
    }
    this.#greeted(this.#hello)
  }

  /** A reply to what the device could not read has no number. */
  #answer(reply: RpcReply): void {
    const [oldest] = this.#requests.keys()
    const id = reply.messageId ?? oldest
    const request = this.#requests.get(id)
    if (request === undefined) return
    this.#requests.delete(id)
    request.cancel()
    if (reply.errors.length === 0) request.resolve(reply)
    else request.reject(refusedError(request.what, reply.errors))
  }

  #end(error: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#settle(error)
    this.#transport.destroy()
    if (this.#hello !== undefined) this.#options.closed(error)
  }

  #settle(error: Error): void {
    this.#reader.stop()
    this.#cancelNudge()
    this.#failed(error)
    for (const { cancel, reject } of this.#requests.values()) {
      cancel()
      reject(error)
    }
    this.#requests.clear()
  }
}

function closedError(message: string): TocsinError {
  return new TocsinError('TCN_NETCONF_CLOSED', message)
}

function lostError(cause: Error): TocsinError {
  const refused = refusedCertificate(cause)
  return refused === undefined
    ? closedError(cause.message)
    : new TocsinError('TCN_NETCONF_LOGIN', refused, { cause })
}

function late(what: string, ms: number): TocsinError {
  return new TocsinError('TCN_NETCONF_TIMEOUT', `${what} did not come within ${ms / 1000} s`)
}
