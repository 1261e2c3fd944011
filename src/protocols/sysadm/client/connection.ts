import type { TLSSocket } from 'node:tls'
import { WebSocket } from 'ws'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Cancel, Runtime } from '../../../event/runtime.js'
import { EXCESS, MAX_HEAD_BYTES } from '../../../transport/answer-bounds.js'
import { GuardedSocket } from '../../../transport/guarded-socket.js'
import type { SysadmAddress } from './address.js'
import { dialTls, type SysadmTls } from './tls.js'

/** Between two messages, ms: genuine servers handle messages on several threads. */
const SEND_PAUSE = 20
/** A message keeps the connection alive when nothing was sent for this time, ms. */
const KEEP_ALIVE = 90_000
/** A server that sends nothing for this time after a keep-alive is gone, ms. */
const SILENCE = 60_000
const MAX_WAITING = 1000
const MAX_WAITING_CHARACTERS = 16 * 2 ** 20
const CLOSE_TIMEOUT = 2_000

const IDENTIFY = '{"args":"","id":"sysadm_client_identify","name":"identify","namespace":"rpc"}'
const PING = '{"args":"","id":"sysadm_client_ping","name":"query","namespace":"rpc"}'

export interface ConnectionOptions {
  address: SysadmAddress
  tls: SysadmTls
  runtime: Runtime
  /** Time to connect, ms. */
  timeout: number
  /** Largest message of the server, bytes. */
  maxMessage: number
  signal?: AbortSignal
}

export interface ConnectionEvents {
  /** Each message, in order. */
  text(text: string): void
  /** Called once, when the connection has ended. */
  closed(reason: string): void
}

/** A WebSocket to a server or bridge. It sends messages one after the other with pauses, and stays alive by itself. */
export class SysadmConnection {
  readonly #socket: WebSocket
  readonly #runtime: Runtime
  readonly #events: ConnectionEvents
  readonly #waiting: string[] = []
  #waitingCharacters = 0
  #lastSent: number
  #lastReceived: number
  #cancelSend: Cancel | undefined
  #cancelAlive: Cancel | undefined
  #cancelSilence: Cancel | undefined
  #reason: string | undefined
  #isClosed = false

  private constructor(socket: WebSocket, runtime: Runtime, events: ConnectionEvents) {
    this.#socket = socket
    this.#runtime = runtime
    this.#events = events
    this.#lastSent = runtime.monotonic() - SEND_PAUSE
    this.#lastReceived = runtime.monotonic()
    socket.on('message', (data: Buffer | ArrayBuffer | Buffer[]) => this.#receive(data))
    socket.on('error', ({ message }) => {
      this.#reason ??= message
    })
    socket.on('close', (code, reason) =>
      this.#end(String(reason) || `the server closed the connection (${code})`),
    )
    this.#keepAlive()
  }

  /** Rejects with TCN_SYSADM_CONNECT or TCN_SYSADM_CERTIFICATE. */
  static async open(options: ConnectionOptions, events: ConnectionEvents): Promise<SysadmConnection> {
    return new SysadmConnection(await dialWebSocket(options, 'sysadm-client'), options.runtime, events)
  }

  /** Begins to deliver messages. Those that came before wait, so that its owner is ready. */
  start(): void {
    this.#socket.resume()
  }

  /** Queues a message. Throws TCN_SYSADM_BUSY if too many wait, and TCN_SYSADM_CLOSED. */
  send(text: string): void {
    if (this.#isClosed) throw new TocsinError('TCN_SYSADM_CLOSED')
    if (this.#waiting.length >= MAX_WAITING || this.#waitingCharacters + text.length > MAX_WAITING_CHARACTERS)
      throw new TocsinError('TCN_SYSADM_BUSY')
    this.#waiting.push(text)
    this.#waitingCharacters += text.length
    this.#advance()
  }

  /** Ends the connection. What waits to be sent is sent first, if it does not take long. */
  close(): void {
    if (this.#isClosed) return
    while (this.#waiting.length > 0) this.#sendNext()
    const cancel = this.#runtime.after(CLOSE_TIMEOUT, () => this.#socket.terminate())
    this.#socket.once('close', cancel)
    this.#socket.close(1000)
    this.#end('this side has closed the connection')
  }

  /** Ends a connection that is of no use. */
  fail(reason: string): void {
    this.#reason ??= reason
    this.#socket.terminate()
    this.#end(reason)
  }

  #advance(): void {
    if (this.#cancelSend !== undefined || this.#isClosed || this.#waiting.length === 0) return
    const pause = this.#lastSent + SEND_PAUSE - this.#runtime.monotonic()
    if (pause <= 0) this.#sendNext()
    if (this.#waiting.length === 0) return
    this.#cancelSend = this.#runtime.after(pause > 0 ? pause : SEND_PAUSE, () => {
      this.#cancelSend = undefined
      if (!this.#isClosed) this.#sendNext()
      this.#advance()
    })
  }

  #sendNext(): void {
    const text = this.#waiting.shift()
    if (text === undefined) return
    this.#waitingCharacters -= text.length
    this.#lastSent = this.#runtime.monotonic()
    this.#socket.send(text)
  }

  #receive(data: Buffer | ArrayBuffer | Buffer[]): void {
    this.#lastReceived = this.#runtime.monotonic()
    if (!this.#isClosed) this.#events.text(String(data))
  }

  #keepAlive(): void {
    const rest = Math.max(1, this.#lastSent + KEEP_ALIVE - this.#runtime.monotonic())
    this.#cancelAlive = this.#runtime.after(rest, () => {
      if (this.#runtime.monotonic() - this.#lastSent >= KEEP_ALIVE) this.#poke()
      if (!this.#isClosed) this.#keepAlive()
    })
  }

  #poke(): void {
    const since = this.#runtime.monotonic()
    this.#cancelSilence?.()
    this.#cancelSilence = this.#runtime.after(SILENCE, () => {
      if (this.#lastReceived < since) this.fail('the server no longer answers')
    })
    this.send(IDENTIFY)
    this.send(PING)
  }

  #end(reason: string): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#cancelSend?.()
    this.#cancelAlive?.()
    this.#cancelSilence?.()
    this.#events.closed(this.#reason ?? reason)
  }
}

/** Resolves with a connection that is paused. Rejects with TCN_SYSADM_CONNECT or TCN_SYSADM_CERTIFICATE. */
export async function dialWebSocket(
  options: ConnectionOptions,
  origin: 'sysadm-client' | 'sysadm-server',
): Promise<WebSocket> {
  const tls = await dialTls(options.address, options)
  return shakeHands(tls, options, origin)
}

/** Completes the handshake over a TLS connection whose certificate is known to be right. */
function shakeHands(
  tls: TLSSocket,
  { address, maxMessage, timeout, runtime, signal }: ConnectionOptions,
  origin: string,
): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const work = { face: 'server', what: 'sysadm', principal: address.host }
    const guarded = new GuardedSocket(tls, { runtime, work })
    guarded.expect(MAX_HEAD_BYTES, EXCESS)
    const socket = new WebSocket(address.url, {
      createConnection: () => guarded,
      origin,
      perMessageDeflate: false,
      followRedirects: false,
      maxPayload: maxMessage,
    })
    const abort = (): void => socket.terminate()
    const cancel = runtime.after(timeout, abort)
    signal?.addEventListener('abort', abort, { once: true })
    const cleanUp = (): void => {
      cancel()
      signal?.removeEventListener('abort', abort)
    }
    socket.once('error', (cause) => {
      cleanUp()
      socket.on('error', () => {})
      tls.destroy()
      const message = `${address.host}:${address.port}: ${cause.message}`
      reject(signal?.aborted ? signal.reason : new TocsinError('TCN_SYSADM_CONNECT', message, { cause }))
    })
    socket.once('open', () => {
      guarded.expect(Infinity)
      cleanUp()
      socket
        .removeAllListeners('error')
        .on('error', () => {})
        .pause()
      resolve(socket)
    })
  })
}
