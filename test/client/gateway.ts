import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { generate } from 'selfsigned'
import { createWebSocketStream, WebSocketServer } from 'ws'

export interface Certificate {
  cert: string
  key: string
}

export async function makeCertificate(name = 'localhost'): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
  })
  return { cert, key }
}

/** Forwards bytes between a listener of any transport and the unix socket of a hub. */
export class Gateway implements AsyncDisposable {
  readonly port: number
  /** `Authorization` headers of the WebSocket handshakes. */
  readonly authorizations: (string | undefined)[] = []
  readonly #server: Server
  readonly #open = new Set<Duplex>()

  private constructor(server: Server, port: number) {
    this.#server = server
    this.port = port
  }

  static async tcp(target: string): Promise<Gateway> {
    const server = createServer({ noDelay: true })
    const gateway = await Gateway.#listen(server)
    server.on('connection', (socket) => gateway.#join(socket, target))
    return gateway
  }

  static async tls(target: string, options: TlsOptions): Promise<Gateway> {
    const server = createTlsServer(options)
    const gateway = await Gateway.#listen(server)
    server.on('secureConnection', (socket) => gateway.#join(socket, target))
    server.on('tlsClientError', () => {})
    return gateway
  }

  static async webSocket(target: string, options?: TlsOptions): Promise<Gateway> {
    const server = options === undefined ? createHttpServer() : createHttpsServer(options)
    const gateway = await Gateway.#listen(server)
    const sockets = new WebSocketServer({ server, path: '/v1/ws' })
    sockets.on('connection', (socket, request) => {
      gateway.authorizations.push(request.headers.authorization)
      gateway.#join(createWebSocketStream(socket), target)
    })
    server.on('tlsClientError', () => {})
    return gateway
  }

  static async #listen(server: Server): Promise<Gateway> {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Gateway(server, (server.address() as AddressInfo).port)
  }

  get connections(): number {
    return this.#open.size
  }

  cut(): void {
    for (const stream of this.#open) stream.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join(client: Duplex, target: string): void {
    const hub: Socket = connect(target.replace('unix:', ''))
    this.#open.add(client)
    const over = (): void => {
      this.#open.delete(client)
      client.destroy()
      hub.destroy()
    }
    for (const stream of [client, hub]) stream.on('error', over).on('close', over)
    client.pipe(hub)
    hub.pipe(client)
  }
}
