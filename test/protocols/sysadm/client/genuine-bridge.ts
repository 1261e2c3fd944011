import { constants, publicDecrypt } from 'node:crypto'
import type { WebSocket } from 'ws'
import { GenuinePeer, GenuineState } from './genuine-peer.js'
import { TlsWebSockets } from './genuine-server.js'

const TEST_STRING = 'Qd3v8qVdpYwDk7mZsVxqLw0Hn5Rj2Ua9Tb6Yc1Ef'
const TOKEN = 'zP4kTn8xQw2rVb6mHc0sLf5dJg9aYu3eXo7iKt1y'

/** A server behind the bridge. */
export interface BridgedServer {
  id: string
  state: GenuineState
  peer: GenuinePeer | undefined
  /** It has gone, of which the bridge says nothing. */
  isGone: boolean
}

/** A scripted bridge that talks as the genuine one does, with scripted servers behind it. */
export class GenuineBridge implements AsyncDisposable {
  readonly servers: BridgedServer[] = []
  /** Public key of the client, PEM. */
  key = ''
  /** Payloads relayed to servers, and from them. */
  readonly relayed: string[] = []
  identified: string | undefined
  /** The checksums that the client has answered with. */
  keysOfClient: string[] = []
  #sockets!: TlsWebSockets
  #client: WebSocket | undefined

  static async start(): Promise<GenuineBridge> {
    const bridge = new GenuineBridge()
    bridge.#sockets = await TlsWebSockets.start((socket) => bridge.#open(socket))
    return bridge
  }

  get url(): string {
    return this.#sockets.url
  }

  get fingerprint(): string {
    return this.#sockets.fingerprint
  }

  add(id: string, hostname: string): BridgedServer {
    const state = new GenuineState()
    state.hostname = hostname
    state.keys.push(this.key)
    const server = { id, state, peer: undefined, isGone: false }
    this.servers.push(server)
    return server
  }

  announce(): void {
    const ids = JSON.stringify(this.servers.map(({ id }) => id))
    this.#client?.send(
      `{"args":{"available_connections":${ids}},"id":"","name":"bridge","namespace":"events"}`,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sockets.close()
  }

  #open(socket: WebSocket): void {
    this.#client = socket
    for (const server of this.servers) server.peer = undefined
    socket.on('message', (data) => this.#receive(socket, String(data)))
    socket.send('{"args":"","id":"sysadm_bridge_request_ident","name":"identify","namespace":"rpc"}')
  }

  #receive(socket: WebSocket, text: string): unknown {
    if (!text.startsWith('{')) return this.#relay(socket, text)
    const { name, id, args } = JSON.parse(text)
    if (id === 'sysadm_bridge_request_ident') {
      this.identified = text
      return undefined
    }
    if (name === 'response') {
      this.keysOfClient = args.md5_keys
      return this.announce()
    }
    const answer = (json: string, as = 'response'): unknown =>
      socket.send(`{"args":${json},"id":${JSON.stringify(id)},"name":"${as}","namespace":"rpc"}`)
    if (name === 'identify') return answer('{"hostname":"bridge1","type":"bridge"}')
    if (name !== 'auth_ssl') return answer('null')
    if (args.encrypted_string === undefined) return answer(`{"test_string":"${TEST_STRING}"}`)
    if (!this.#isEncrypted(args.encrypted_string)) return answer('"unauthorized"', 'error')
    answer(`["${TOKEN}",0]`)
    return socket.send(
      '{"args":{"action":"list_ssl_checksums"},"id":"bridge_request_list_keys","name":"settings","namespace":"rpc"}',
    )
  }

  #isEncrypted(text: string): boolean {
    try {
      const padding = constants.RSA_PKCS1_PADDING
      return publicDecrypt({ key: this.key, padding }, Buffer.from(text, 'base64')).toString() === TEST_STRING
    } catch {
      return false
    }
  }

  #relay(socket: WebSocket, text: string): void {
    const line = text.indexOf('\n')
    const server = this.servers.find(({ id }) => id === text.slice(0, line))
    if (server === undefined || server.isGone) return
    const payload = text.slice(line + 1)
    this.relayed.push(payload)
    let isWrapped = false
    const send = (json: string): void => {
      const sent = isWrapped ? Buffer.from(json).toString('base64') : json
      if (json.includes('new_ssl_key')) isWrapped = true
      this.relayed.push(sent)
      socket.send(`${server.id}\n${sent}`)
    }
    if (server.peer === undefined) server.peer = new GenuinePeer(server.state, send, true)
    server.peer.handle(payload.startsWith('{') ? payload : Buffer.from(payload, 'base64').toString())
  }
}
