import { hostname } from 'node:os'
import { messageOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Cancel } from '../../../event/runtime.js'
import { MAX_RELAY_LENGTH } from '../codec/envelope.js'
import { qtJson } from '../codec/json.js'
import { type ConnectionOptions, SysadmConnection } from './connection.js'
import type { BridgeEvent } from './events.js'
import type { SysadmKey } from './login-key.js'
import { type SessionOptions, SysadmSession } from './session.js'

export interface BridgeOptions extends ConnectionOptions {
  /** With which the bridge knows this client. */
  key: SysadmKey
  /** With which servers know its user: the bridge finds the servers by it. */
  userKey: SysadmKey
}

export interface BridgeEvents {
  /** All peers that can be reached have changed. */
  peers(event: BridgeEvent): void
  /** Called once. */
  closed(reason: string): void
}

/** Bridges do not say that a server has gone, so that each is asked this often, ms. */
const ASK_EVERY = 90_000
const MAX_PEERS = 10_000

interface Peer {
  session: SysadmSession
  receive(payload: string): void
  close(reason: string): void
}

/** A connection to a bridge, through which servers with the same key are reached. */
export class SysadmBridge {
  readonly #options: BridgeOptions
  readonly #events: BridgeEvents
  readonly #peers = new Map<string, Peer>()
  #own!: SysadmSession
  #connection: SysadmConnection | undefined
  #reachable: readonly string[] = []

  private constructor(options: BridgeOptions, events: BridgeEvents) {
    this.#options = options
    this.#events = events
  }

  /** Connects and logs in. Rejects with TCN_SYSADM_CONNECT, …_CERTIFICATE or …_LOGIN. */
  static async open(options: BridgeOptions, events: BridgeEvents): Promise<SysadmBridge> {
    const bridge = new SysadmBridge(options, events)
    await bridge.#open()
    return bridge
  }

  /** Ids of the peers that can be reached, as the bridge last said. */
  get reachable(): readonly string[] {
    return this.#reachable
  }

  /** Begins a session with a peer. `closed` is called once, when it can no longer be reached. */
  session(id: string, event: SessionOptions['event'], closed: (reason: string) => void): SysadmSession {
    const { runtime, timeout } = this.#options
    this.#peers.get(id)?.close('another session with the server has begun')
    let isWrapped = false
    const encode = (text: string): string => (isWrapped ? Buffer.from(text).toString('base64') : text)
    const session = new SysadmSession({
      runtime,
      timeout,
      event,
      send: (text) => this.#send(`${id}\n${encode(text)}`),
      wrap: () => {
        isWrapped = true
      },
    })
    let cancelAsk: Cancel | undefined
    const peer: Peer = {
      session,
      receive: (payload) => session.receive(decodePayload(payload)),
      close: (reason) => {
        if (this.#peers.get(id) !== peer) return
        this.#peers.delete(id)
        cancelAsk?.()
        session.close(reason)
        closed(reason)
      },
    }
    const askLater = (): void => {
      cancelAsk = runtime.after(ASK_EVERY, () => {
        session.ask('rpc', 'query', '').then(askLater, (error: Error) => peer.close(error.message))
      })
    }
    this.#peers.set(id, peer)
    askLater()
    return session
  }

  /** Ends the session with a peer. */
  leave(id: string): void {
    this.#peers.get(id)?.close('this side has closed the session')
  }

  close(): void {
    this.#connection?.close()
  }

  async #open(): Promise<void> {
    const { runtime, timeout, key } = this.#options
    this.#own = new SysadmSession({
      runtime,
      timeout,
      send: (text) => this.#send(text),
      event: (event) => event.class === 'bridge' && this.#changed(event),
      asked: (name, id) => this.#asked(name, id),
    })
    const connection = await SysadmConnection.open(this.#options, {
      text: (text) => this.#receive(text),
      closed: (reason) => this.#closed(reason),
    })
    this.#connection = connection
    connection.start()
    try {
      await this.#own.logIn({ key })
    } catch (error) {
      connection.close()
      throw error
    }
  }

  #send(text: string): void {
    if (this.#connection === undefined) throw new TocsinError('TCN_SYSADM_CLOSED')
    this.#connection.send(text)
  }

  #receive(text: string): void {
    if (text.startsWith('{')) {
      this.#own.receive(text)
      return
    }
    const line = text.indexOf('\n')
    if (line <= 0 || line > MAX_RELAY_LENGTH) return
    this.#peers.get(text.slice(0, line))?.receive(text.slice(line + 1))
  }

  /** A bridge asks who connects and with which keys. It takes every other reply for a list of keys. */
  #asked(name: string, id: string): void {
    const args =
      name === 'identify'
        ? { hostname: hostname(), type: 'client' }
        : name === 'settings'
          ? { md5_keys: [this.#options.userKey.checksum] }
          : undefined
    if (args === undefined) return
    try {
      this.#send(qtJson({ args, id, name: 'response', namespace: 'rpc' }))
    } catch (error) {
      this.#connection?.fail(messageOf(error))
    }
  }

  #changed(event: BridgeEvent): void {
    const usable = event.connections.filter(
      (id) => /^[^\s{][^\s]*$/.test(id) && id.length <= MAX_RELAY_LENGTH,
    )
    this.#reachable = usable.slice(0, MAX_PEERS)
    for (const [id, peer] of [...this.#peers])
      if (!this.#reachable.includes(id)) peer.close('the bridge no longer reaches the server')
    this.#events.peers({ ...event, connections: [...this.#reachable] })
  }

  #closed(reason: string): void {
    this.#own.close(reason)
    for (const peer of [...this.#peers.values()]) peer.close(reason)
    this.#events.closed(reason)
  }
}

/** Servers send plain JSON until they have sent a key. */
function decodePayload(payload: string): string {
  return payload.startsWith('{') ? payload : Buffer.from(payload, 'base64').toString()
}
