import { readConfigured } from '../../../config/secret-file.js'
import { messageOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { scatteredPause } from '../../../event/retry-pause.js'
import type { Cancel } from '../../../event/runtime.js'
import { readAddress } from '../../../protocols/sysadm/client/address.js'
import { dialWebSocket } from '../../../protocols/sysadm/client/connection.js'
import { SysadmKey } from '../../../protocols/sysadm/client/login-key.js'
import type { SysadmTls } from '../../../protocols/sysadm/client/tls.js'
import { BRIDGE_PORT, type BridgeEntry, bridgeUrl } from '../config.js'
import type { SysadmContext } from '../context.js'
import { BridgeConnection } from './connection.js'

const DIAL_TIMEOUT = 30_000
const PAUSES = { first: 1_000, longest: 60_000 }
/** After a refused login, ms: bridges refuse addresses from which logins fail too often. */
const REFUSED_PAUSE = 5 * 60_000
/** Longest message of a bridge, bytes. A longer one of some client would end the connection for all. */
const MAX_MESSAGE = 64 * 1024 * 1024
/** Changes of the list of clients within this time are published together, ms. */
const PUBLISH_AFTER = 1_000
const MAX_PUBLISHED = 1000

/** A bridge through which clients reach this hub. It is dialled again whenever the connection is lost. */
export class BridgeLink {
  readonly url: string
  readonly #context: SysadmContext
  readonly entry: BridgeEntry
  readonly #stopping = new AbortController()
  #connection: BridgeConnection | undefined
  #isConnected = false
  #failures = 0
  #cancelDial: Cancel | undefined
  #cancelPublish: Cancel | undefined
  #ids: readonly string[] = []
  #lastReason: string | undefined

  constructor(context: SysadmContext, entry: BridgeEntry) {
    this.#context = context
    this.entry = entry
    this.url = bridgeUrl(entry)
  }

  get isConnected(): boolean {
    return this.#isConnected
  }

  /** Clients that are logged in through the bridge. */
  get sessions(): number {
    return this.#connection?.sessions ?? 0
  }

  /** Begins to connect. Nothing waits for it. */
  start(): void {
    void this.#connect()
  }

  announceKeys(): void {
    this.#connection?.announceKeys()
  }

  stop(): void {
    this.#end('the hub stops')
  }

  /** Leaves a bridge that is no longer configured, or not like this. */
  leave(): void {
    const wasConnected = this.#isConnected
    const reason = 'the configuration has changed'
    this.#end(reason)
    if (wasConnected) this.#publish({ state: 'disconnected', reason })
  }

  #end(reason: string): void {
    if (this.#stopping.signal.aborted) return
    this.#stopping.abort(new Error(reason))
    this.#cancelDial?.()
    this.#connection?.close(reason)
    this.#cancelPublish?.()
  }

  async #connect(): Promise<void> {
    const { runtime } = this.#context.host
    const { signal } = this.#stopping
    try {
      const key = new SysadmKey(readConfigured(this.entry.key).toString())
      const options = {
        address: readAddress(this.entry.url, BRIDGE_PORT),
        tls: await tlsOf(this.entry),
        runtime,
        timeout: DIAL_TIMEOUT,
        maxMessage: MAX_MESSAGE,
        signal,
      }
      const socket = await dialWebSocket(options, 'sysadm-server')
      const names = { bridge: this.url, key }
      const connection = new BridgeConnection(this.#context, socket, names, {
        peers: (ids) => this.#announced(ids),
        closed: (reason) => this.#closed(reason),
      })
      this.#connection = connection
      await connection.logIn(key)
      this.#connected()
    } catch (error) {
      this.#failed(error)
    }
  }

  #connected(): void {
    if (this.#connection === undefined) return
    this.#isConnected = true
    this.#failures = 0
    this.#lastReason = undefined
    this.#publish({ state: 'connected' })
  }

  /** The login has failed, or there was no connection. */
  #failed(error: unknown): void {
    if (this.#stopping.signal.aborted) return
    const reason = messageOf(error)
    const connection = this.#connection
    this.#connection = undefined
    connection?.close(reason)
    // A bridge that stays away is reported once, with the reason.
    if (reason !== this.#lastReason) this.#publish({ state: 'disconnected', reason })
    this.#lastReason = reason
    const isRefused = TocsinError.is(error, 'TCN_SYSADM_LOGIN')
    this.#dialAfter(isRefused ? REFUSED_PAUSE : this.#nextPause())
  }

  #closed(reason: string): void {
    // While logging in, the login rejects.
    if (!this.#isConnected) return
    this.#isConnected = false
    this.#connection = undefined
    this.#ids = []
    this.#cancelPublish?.()
    this.#cancelPublish = undefined
    if (this.#stopping.signal.aborted) return
    this.#publish({ state: 'disconnected', reason })
    this.#lastReason = reason
    this.#dialAfter(this.#nextPause())
  }

  #nextPause(): number {
    return scatteredPause(++this.#failures, PAUSES, this.#context.host.runtime)
  }

  #dialAfter(ms: number): void {
    this.#cancelDial = this.#context.host.runtime.after(ms, () => void this.#connect())
  }

  #announced(ids: readonly string[]): void {
    this.#ids = ids
    this.#cancelPublish ??= this.#context.host.runtime.after(PUBLISH_AFTER, () => {
      this.#cancelPublish = undefined
      this.#publish({ state: 'connected' })
    })
  }

  #publish(about: { state: 'connected' | 'disconnected'; reason?: string }): void {
    const left = this.#ids.length - MAX_PUBLISHED
    this.#context.host.publish({
      tag: 'sysadm/bridge',
      data: {
        available_connections: this.#ids.slice(0, MAX_PUBLISHED),
        bridge: this.url,
        ...about,
        ...(left > 0 && { more: left }),
      },
    })
  }
}

async function tlsOf({ tls: { fingerprints, ca, insecure } }: BridgeEntry): Promise<SysadmTls> {
  return {
    insecure,
    ...(fingerprints.length > 0 && { fingerprint: fingerprints }),
    ...(ca !== undefined && { ca: readConfigured(ca).toString() }),
  }
}
