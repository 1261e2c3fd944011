import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { hostname } from 'node:os'
import type { Duplex } from 'node:stream'
import type { WebSocketServer } from 'ws'
import { networkOf } from '../access/network.js'
import { TocsinError } from '../errors/tocsin-error.js'
import type { Runtime } from '../event/runtime.js'
import { Budgets } from '../faces/shared/budget.js'
import { LongWork } from '../faces/shared/long-work.js'
import { answerError } from '../faces/sysadm/answer.js'
import { Blacklist } from '../faces/sysadm/blacklist.js'
import { Challenges } from '../faces/sysadm/challenges.js'
import { WebListener } from '../faces/web/listener.js'
import { webSocketServer } from '../faces/web/websocket/server.js'
import { TextSockets } from '../faces/web/websocket/text-sockets.js'
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

/** The headers with which the genuine bridge completes the handshake. */
const HANDSHAKE_HEADERS = [
  'server: sysadm-bridge',
  'access-control-allow-credentials: false',
  'access-control-allow-methods: GET',
  'access-control-allow-headers: content-type',
  'access-control-allow-origin: *',
]

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
  readonly #sockets: WebSocketServer
  readonly #texts: TextSockets
  readonly #listener: WebListener
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
    this.#sockets = webSocketServer({ message, fragments: MAX_FRAGMENTS, closeTimeout: CLOSE_TIMEOUT }, [])
    this.#sockets.on('headers', (headers) => void headers.push(...HANDSHAKE_HEADERS))
    this.#texts = new TextSockets({
      runtime,
      limits: SOCKET_LIMITS,
      halfReceived: budgets,
      closesPlainly: true,
    })
    this.#listener = new WebListener({
      runtime,
      limits: { ...HTTP_LIMITS, connections },
      budgets,
      answerError,
      request: refuse,
      upgrade: (request, socket, head) => this.#upgrade(request, socket, head),
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
  async listen(listen: BridgeConfig['listen'], { tls }: BridgeCertificate): Promise<string> {
    return (await this.#listener.listen({ ...listen, tls })).replace(/^https/, 'wss')
  }

  /** Accepts these keys from now on, and disconnects those that logged in with another. */
  replaceKeys(keys: readonly BridgeKey[]): void {
    this.#context.keys.replace(keys)
    const known = new Set(keys.map(({ checksum }) => checksum))
    for (const peer of [...this.#peers])
      if (peer.key !== undefined && !known.has(peer.key.checksum)) peer.disconnect('key-removed')
  }

  /** Disconnects everybody after what waits for them has been sent, or some seconds. */
  async close(): Promise<void> {
    this.#listener.drain()
    this.#texts.close()
    await this.#listener.close()
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const address = request.socket.remoteAddress ?? ''
    const network = networkOf(address)
    const { limits, blacklist } = this.#context
    if ((this.#ofNetwork.get(network) ?? 0) >= limits.connectionsOfAddress) {
      this.counts.refused++
      throw new TocsinError('TCN_HTTP_TOO_MANY', `${address} has too many connections`)
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      if (blacklist.refuses(address)) {
        this.counts.refused++
        webSocket.on('error', () => webSocket.terminate())
        webSocket.close(1000)
        return
      }
      this.#joined(network)
      this.#texts.add(webSocket, socket as Socket, (owner) => {
        const left = (gone: BridgePeer) => this.#left(gone, network)
        const peer = new BridgePeer(this.#context, owner, { address, left })
        this.#peers.add(peer)
        return peer
      })
    })
  }

  #joined(network: string): void {
    this.counts.connections++
    this.#ofNetwork.set(network, (this.#ofNetwork.get(network) ?? 0) + 1)
  }

  #left(peer: BridgePeer, network: string): void {
    this.#peers.delete(peer)
    const rest = (this.#ofNetwork.get(network) ?? 1) - 1
    if (rest === 0) this.#ofNetwork.delete(network)
    else this.#ofNetwork.set(network, rest)
  }
}

/** There is nothing here but WebSockets. */
function refuse(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(426, { server: 'sysadm-bridge', upgrade: 'websocket', connection: 'close' })
  response.end()
}
