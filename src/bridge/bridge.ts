import { hostname } from 'node:os'
import { networkOf } from '../access/network.js'
import { TocsinError } from '../errors/tocsin-error.js'
import type { Runtime } from '../event/runtime.js'
import { Budgets } from '../faces/shared/budget.js'
import { Blacklist } from '../faces/sysadm/blacklist.js'
import { Challenges } from '../faces/sysadm/challenges.js'
import { SysadmListener } from '../faces/sysadm/listener.js'
import type { TextSocket } from '../faces/web/websocket/text-socket.js'
import { LongWork } from '../incremental/long-work.js'
import type { BridgeCertificate } from './certificate.js'
import type { BridgeConfig } from './config.js'
import type { BridgeContext } from './context.js'
import { BridgeCounts } from './counts.js'
import { Directory } from './directory.js'
import { AuthorizedKeys, type BridgeKey } from './keys.js'
import { BridgePeer } from './peer.js'
import { WaitingBytes } from './waiting.js'

const TEST_STRING_LENGTH = 40
/** Times in ms, replies in bytes. Genuine bridges send no pings; these find peers that vanished without closing. */
const SOCKET_LIMITS = { helloTimeout: 30_000, pingEvery: 30_000, replies: 1024 * 1024 }
const CLOSE_TIMEOUT = 5000
const HTTP_LIMITS = { headers: 8 * 1024, headersTimeout: 10_000 }
const MAX_FRAGMENTS = 1024
/** Longest messages for whose parts there is room. */
const MESSAGES_AT_ONCE = 16

export interface BridgeOptions {
  runtime: Runtime
  config: Pick<BridgeConfig, 'limits' | 'blacklist'>
  keys: readonly BridgeKey[]
  log: BridgeContext['log']
}

/** Relays between servers and clients of SysAdm that share a key. */
export class Bridge {
  readonly counts = new BridgeCounts()
  readonly #context: BridgeContext
  readonly #listener: SysadmListener
  readonly #peers = new Set<BridgePeer>()
  /** Connections of each network. */
  readonly #ofNetwork = new Map<string, number>()

  constructor({ runtime, config: { limits, blacklist }, keys, log }: BridgeOptions) {
    this.#context = {
      runtime,
      limits,
      keys: new AuthorizedKeys(keys),
      blacklist: new Blacklist(runtime, blacklist),
      challenges: new Challenges(runtime, TEST_STRING_LENGTH),
      longWork: new LongWork(runtime, { isSmall: true, what: 'login' }),
      directory: new Directory(runtime),
      waiting: new WaitingBytes(limits),
      counts: this.counts,
      hostname: hostname(),
      log,
    }
    const { connections, message, memory } = limits
    const halfReceived = Math.max(memory, MESSAGES_AT_ONCE * message)
    const budgets = new Budgets({ connections, requests: 1, halfReceived })
    this.#listener = new SysadmListener({
      name: 'sysadm-bridge',
      runtime,
      budgets,
      blacklist: this.#context.blacklist,
      limits: {
        ...HTTP_LIMITS,
        connections,
        message: { message, fragments: MAX_FRAGMENTS, closeTimeout: CLOSE_TIMEOUT },
        socket: SOCKET_LIMITS,
      },
      admit: (address) => this.#admit(address),
      refused: () => this.counts.refused++,
      accept: (socket, address) => this.#accept(socket, address),
    })
  }

  get connections(): number {
    return this.#listener.connections
  }

  /** Bytes that wait for slow readers. */
  get waiting(): number {
    return this.#context.waiting.total
  }

  /** Resolves with the address, such as `wss://127.0.0.1:12149`. */
  listen(listen: BridgeConfig['listen'], { tls }: Pick<BridgeCertificate, 'tls'>): Promise<string> {
    return this.#listener.listen({ ...listen, tls })
  }

  /** Accepts these keys from now on, and disconnects those that logged in with another. */
  replaceKeys(keys: readonly BridgeKey[]): void {
    this.#context.keys.replace(keys)
    const known = new Set(keys.map(({ checksum }) => checksum))
    for (const peer of [...this.#peers])
      if (peer.key !== undefined && !known.has(peer.key.checksum)) peer.disconnect('key-removed')
  }

  /** Disconnects everybody after what waits for them has been sent, or some seconds. */
  close(): Promise<void> {
    return this.#listener.close()
  }

  #admit(address: string): void {
    const count = this.#ofNetwork.get(networkOf(address)) ?? 0
    if (count < this.#context.limits.connectionsOfAddress) return
    this.counts.refused++
    throw new TocsinError('TCN_HTTP_TOO_MANY', `${address} has too many connections`)
  }

  #accept(socket: TextSocket, address: string): BridgePeer {
    const network = networkOf(address)
    this.counts.connections++
    this.#ofNetwork.set(network, (this.#ofNetwork.get(network) ?? 0) + 1)
    const left = (gone: BridgePeer) => this.#left(gone, network)
    const peer = new BridgePeer(this.#context, socket, { address, left })
    this.#peers.add(peer)
    return peer
  }

  #left(peer: BridgePeer, network: string): void {
    this.#peers.delete(peer)
    const rest = (this.#ofNetwork.get(network) ?? 1) - 1
    if (rest === 0) this.#ofNetwork.delete(network)
    else this.#ofNetwork.set(network, rest)
  }
}
