import type { RawData, WebSocket } from 'ws'
import type { Cancel } from '../../../event/runtime.js'
import type { SysadmKey } from '../../../protocols/sysadm/client/login-key.js'
import { SysadmSession } from '../../../protocols/sysadm/client/session.js'
import { MAX_RELAY_LENGTH } from '../../../protocols/sysadm/codec/envelope.js'
import { qtJson } from '../../../protocols/sysadm/codec/json.js'
import type { SysadmContext } from '../context.js'
import { identity } from '../session.js'
import { type Relay, RelayedSocket } from './relayed-socket.js'

export interface ConnectionEvents {
  /** The bridge has announced which peers can be reached. */
  peers(ids: readonly string[]): void
  /** Called once. */
  closed(reason: string): void
}

/** Clients on one connection to a bridge. One that is not logged in makes room for another. */
const MAX_PEERS = 10_000
/** Bytes that may wait for the bridge before no more requests are read. */
const MAX_PENDING = 4 * 1024 * 1024
/** A silent bridge is pinged this often, ms, and has gone if it does not answer until the next time. */
const PING_EVERY = 30_000
/** Interval at which unusable peers are searched for, ms. */
const CHECK_EVERY = 60_000
const ANSWER_TIMEOUT = 30_000
const CLOSE_TIMEOUT = 2_000
const BRACE = 0x7b
const NEWLINE = 0x0a

/** A connection to a bridge, with the clients that come through it. */
export class BridgeConnection implements Relay {
  readonly publicPem: string
  readonly #context: SysadmContext
  readonly #socket: WebSocket
  readonly #bridge: string
  readonly #events: ConnectionEvents
  /** The hub itself as a peer of the bridge. */
  readonly #own: SysadmSession
  readonly #peers = new Map<string, RelayedSocket>()
  readonly #awaitDrain = new Set<RelayedSocket>()
  #cancelPing: Cancel | undefined
  #cancelCheck: Cancel | undefined
  #isAlive = true
  #isAsked = false
  #isClosed = false
  #reason: string | undefined

  constructor(
    context: SysadmContext,
    socket: WebSocket,
    { bridge, key }: { bridge: string; key: SysadmKey },
    events: ConnectionEvents,
  ) {
    const { runtime } = context.host
    this.publicPem = key.publicPem
    this.#context = context
    this.#socket = socket
    this.#bridge = bridge
    this.#events = events
    this.#own = new SysadmSession({
      runtime,
      timeout: ANSWER_TIMEOUT,
      send: (text) => this.#socket.send(text),
      event: (event) => event.class === 'bridge' && this.#announced(event.connections),
      asked: (name, id) => this.#asked(name, id),
    })
    socket.on('message', (data: RawData) => this.#receive(data as Buffer))
    socket.on('pong', () => {
      this.#isAlive = true
    })
    socket.on('error', ({ message }) => {
      this.#reason ??= message
    })
    socket.on('close', (code, reason) => this.#end(String(reason) || `the bridge closed it (${code})`))
    this.#pingLater()
    this.#checkLater()
    socket.resume()
  }

  /** Clients that are logged in. */
  get sessions(): number {
    let count = 0
    for (const { isLoggedIn } of this.#peers.values()) if (isLoggedIn) count++
    return count
  }

  /** Rejects with the errors of a request, and TCN_SYSADM_LOGIN. */
  async logIn(key: SysadmKey): Promise<void> {
    await this.#own.logIn({ key })
  }

  /** Says which keys are registered, if the bridge has asked for them. Also genuine bridges accept it unasked. */
  announceKeys(): void {
    if (this.#isAsked && !this.#isClosed) this.#sendKeys('bridge_request_list_keys')
  }

  close(reason: string): void {
    if (this.#isClosed) return
    this.#reason ??= reason
    const cancel = this.#context.host.runtime.after(CLOSE_TIMEOUT, () => this.#socket.terminate())
    this.#socket.once('close', cancel)
    this.#socket.resume()
    this.#socket.close(1000)
    this.#end(reason)
  }

  // ---- for the peers

  get pending(): number {
    return this.#socket.bufferedAmount
  }

  send(id: string, payload: Buffer): void {
    if (this.#isClosed) return
    const message = Buffer.concat([Buffer.from(`${id}\n`), payload])
    this.#socket.send(message, { binary: false }, this.#sent)
    if (this.pending > MAX_PENDING) this.#socket.pause()
  }

  awaitDrain(peer: RelayedSocket): void {
    this.#awaitDrain.add(peer)
  }

  left(id: string): void {
    const peer = this.#peers.get(id)
    if (peer === undefined) return
    this.#peers.delete(id)
    this.#awaitDrain.delete(peer)
  }

  readonly #sent = (): void => {
    if (this.#isClosed || this.pending > 0) return
    if (this.#socket.isPaused) this.#socket.resume()
    const waiting = [...this.#awaitDrain]
    this.#awaitDrain.clear()
    for (const peer of waiting) peer.drained()
  }

  // ---- input

  #receive(data: Buffer): void {
    this.#isAlive = true
    if (this.#isClosed) return
    if (data[0] === BRACE) {
      this.#own.receive(data.toString())
      return
    }
    const line = data.subarray(0, MAX_RELAY_LENGTH + 1).indexOf(NEWLINE)
    if (line > 0) this.#peerAt(data.toString('latin1', 0, line))?.receive(data.subarray(line + 1))
  }

  #peerAt(id: string): RelayedSocket | undefined {
    const known = this.#peers.get(id)
    if (known !== undefined) return known
    if (this.#peers.size >= MAX_PEERS && !this.#dropStranger()) return undefined
    const peer = new RelayedSocket(this.#context, this, { id, bridge: this.#bridge })
    this.#peers.set(id, peer)
    return peer
  }

  #dropStranger(): boolean {
    for (const peer of this.#peers.values()) {
      if (peer.isLoggedIn) continue
      peer.end()
      return true
    }
    return false
  }

  /** Genuine bridges do not say that a client has gone, only when the next one comes. */
  #announced(ids: readonly string[]): void {
    const reachable = new Set(ids)
    for (const [id, peer] of [...this.#peers]) if (!reachable.has(id)) peer.end()
    this.#events.peers(ids)
  }

  #asked(name: string, id: string): void {
    if (name === 'identify') this.#answer(id, identity())
    else if (name === 'settings') {
      this.#isAsked = true
      this.#sendKeys(id)
    }
  }

  #sendKeys(id: string): void {
    const { keys, host } = this.#context
    const usable = keys.of().filter(({ principal }) => {
      const found = host.access.find(principal)
      return found !== undefined && host.access.level(found, 'sysadm') !== undefined
    })
    this.#answer(id, { md5_keys: [...new Set(usable.map(({ login }) => login.checksum))] })
  }

  #answer(id: string, args: object): void {
    this.#socket.send(qtJson({ args, id, name: 'response', namespace: 'rpc' }))
  }

  // ---- liveness

  #pingLater(): void {
    this.#cancelPing = this.#context.host.runtime.after(PING_EVERY, () => {
      // A bridge that is kept waiting cannot show that it is alive.
      if (!this.#isAlive && !this.#socket.isPaused) {
        this.#fail('the bridge no longer answers')
        return
      }
      this.#isAlive = false
      this.#socket.ping()
      this.#pingLater()
    })
  }

  #checkLater(): void {
    const { runtime } = this.#context.host
    this.#cancelCheck = runtime.after(CHECK_EVERY, () => {
      const now = runtime.monotonic()
      for (const peer of [...this.#peers.values()]) peer.check(now)
      this.#checkLater()
    })
  }

  #fail(reason: string): void {
    this.#reason ??= reason
    this.#socket.terminate()
    this.#end(reason)
  }

  #end(reason: string): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#cancelPing?.()
    this.#cancelCheck?.()
    const why = this.#reason ?? reason
    this.#own.close(why)
    for (const peer of [...this.#peers.values()]) peer.end()
    this.#peers.clear()
    this.#events.closed(why)
  }
}
