import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { type MadeCertificate, makeCertificate } from '../../../../src/faces/shared/make-certificate.js'
import { GenuinePeer, GenuineState } from './genuine-peer.js'

let made: Promise<MadeCertificate> | undefined

export function testCertificate(): Promise<MadeCertificate> {
  made ??= makeCertificate(['localhost', '127.0.0.1'], 2)
  return made
}

/** A WebSocket server over TLS, without anything in it. */
export class TlsWebSockets {
  readonly server: Server
  readonly sockets = new Set<WebSocket>()
  readonly requests: IncomingMessage[] = []
  readonly fingerprint: string
  readonly certificate: string
  url = ''

  private constructor({ certificate, key, fingerprint }: MadeCertificate) {
    this.certificate = certificate
    this.fingerprint = fingerprint
    this.server = createServer({ cert: certificate, key })
  }

  static async start(open: (socket: WebSocket) => void, port = 0): Promise<TlsWebSockets> {
    const started = new TlsWebSockets(await testCertificate())
    const sockets = new WebSocketServer({ server: started.server, perMessageDeflate: false })
    sockets.on('connection', (socket, request) => {
      started.requests.push(request)
      started.sockets.add(socket)
      socket.on('close', () => started.sockets.delete(socket)).on('error', () => {})
      open(socket)
    })
    started.server.listen(port, '127.0.0.1')
    await once(started.server, 'listening')
    started.url = `wss://127.0.0.1:${(started.server.address() as AddressInfo).port}`
    return started
  }

  /** Ends all connections without a farewell. */
  cut(): void {
    for (const socket of this.sockets) socket.terminate()
  }

  async close(): Promise<void> {
    this.cut()
    this.server.close()
    if (this.server.listening) await once(this.server, 'close')
  }
}

/** A scripted server that talks as the genuine one does. */
export class GenuineServer implements AsyncDisposable {
  readonly state = new GenuineState()
  readonly peers: GenuinePeer[] = []
  #sockets!: TlsWebSockets

  static async start(port = 0): Promise<GenuineServer> {
    const server = new GenuineServer()
    server.#sockets = await TlsWebSockets.start((socket) => {
      const peer = new GenuinePeer(server.state, (text) => socket.send(text))
      server.peers.push(peer)
      socket.on('message', (data) => peer.handle(String(data)))
    }, port)
    return server
  }

  get url(): string {
    return this.#sockets.url
  }

  get fingerprint(): string {
    return this.#sockets.fingerprint
  }

  get certificate(): string {
    return this.#sockets.certificate
  }

  get requests(): IncomingMessage[] {
    return this.#sockets.requests
  }

  /** The client that connected last. */
  get peer(): GenuinePeer {
    return this.peers.at(-1)!
  }

  push(text: string): void {
    for (const peer of this.peers) peer.push(text)
  }

  /** Sends a text to every connection, whatever it is. */
  sendRaw(text: string): void {
    for (const socket of this.#sockets.sockets) socket.send(text)
  }

  cut(): void {
    this.peers.length = 0
    this.#sockets.cut()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sockets.close()
  }
}
