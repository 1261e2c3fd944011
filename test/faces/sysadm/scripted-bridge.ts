import { constants, publicDecrypt } from 'node:crypto'
import { vi } from 'vitest'
import type { WebSocket } from 'ws'
import type { OpensslKey } from '../../bridge/scripted-peer.js'
import { TlsWebSockets } from '../../protocols/sysadm/client/genuine-server.js'

/** The id of a client beyond the bridge. */
export const CLIENT = '::{11111111-2222-3333-4444-555555555555}'
const padding = constants.RSA_PKCS1_PADDING

/** A bridge whose texts are written from the frames of the genuine one. The test does the rest. */
export class ScriptedBridge implements AsyncDisposable {
  readonly received: string[] = []
  readonly #server: OpensslKey
  connections = 0
  isKnown = true
  #sockets!: TlsWebSockets
  #socket: WebSocket | undefined

  private constructor(server: OpensslKey) {
    this.#server = server
  }

  /** Only the server with this key can log in. */
  static async start(server: OpensslKey): Promise<ScriptedBridge> {
    const bridge = new ScriptedBridge(server)
    bridge.#sockets = await TlsWebSockets.start((socket) => bridge.#opened(socket))
    return bridge
  }

  get url(): string {
    return this.#sockets.url
  }

  get origin(): string | undefined {
    return this.#sockets.requests.at(-1)?.headers.origin
  }

  send(text: string): void {
    this.#socket!.send(text)
  }

  /** The next message that fits. */
  async next(part: string): Promise<string> {
    await vi.waitUntil(() => this.received.some((text) => text.includes(part)))
    const at = this.received.findIndex((text) => text.includes(part))
    return this.received.splice(0, at + 1)[at]
  }

  /** Sends a message of the client, and returns what the server answers. */
  async relay(payload: string, from = CLIENT): Promise<string> {
    this.received.length = 0
    this.send(`${from}\n${payload}`)
    return (await this.next(`${from}\n`)).slice(from.length + 1)
  }

  announce(...ids: string[]): void {
    this.send(
      `{"args":{"available_connections":${JSON.stringify(ids)}},"id":"","name":"bridge","namespace":"events"}`,
    )
  }

  pause(): void {
    this.#socket!.pause()
  }

  resume(): void {
    this.#socket!.resume()
  }

  cut(): void {
    this.#sockets.cut()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sockets.close()
  }

  #opened(socket: WebSocket): void {
    this.connections++
    this.#socket = socket
    socket.on('message', (data) => this.#message(String(data)))
    this.send('{"args":"","id":"sysadm_bridge_request_ident","name":"identify","namespace":"rpc"}')
  }

  #message(text: string): unknown {
    this.received.push(text)
    if (!text.startsWith('{')) return undefined
    const { id, name, args } = JSON.parse(text)
    if (name !== 'auth_ssl') return undefined
    const reply = (json: string, as = 'response') =>
      this.send(`{"args":${json},"id":${JSON.stringify(id)},"name":"${as}","namespace":"rpc"}`)
    const testString = 'Qd3v8qVdpYwDk7mZsVxqLw0Hn5Rj2Ua9Tb6Yc1Ef'
    if (args === '') return reply(`{"test_string":"${testString}"}`)
    const value = Buffer.from(args.encrypted_string, 'base64')
    const isRight = publicDecrypt({ key: this.#server.publicPem, padding }, value).toString() === testString
    if (!isRight || !this.isKnown) return reply('"unauthorized"', 'error')
    reply('["zP4kTn8xQw2rVb6mHc0sLf5dJg9aYu3eXo7iKt1y",0]')
    return this.send(
      '{"args":{"action":"list_ssl_checksums"},"id":"bridge_request_list_keys","name":"settings","namespace":"rpc"}',
    )
  }
}
