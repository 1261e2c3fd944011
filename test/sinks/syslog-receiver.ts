import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

/** A receiver that counts octets as RFC 6587 says. */
export class SyslogReceiver implements AsyncDisposable {
  readonly messages: string[] = []
  readonly sockets = new Set<Socket>()
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(port = 0, tls?: { cert: Buffer; key: Buffer }): Promise<SyslogReceiver> {
    const take = (socket: Socket) => receiver.#take(socket)
    const server = tls === undefined ? createServer(take) : createTlsServer(tls, take)
    const receiver = new SyslogReceiver(server)
    await new Promise<void>((done) => void server.listen(port, '127.0.0.1', done))
    return receiver
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    await new Promise<void>((done) => void this.#server.close(() => done()))
  }

  #take(socket: Socket): void {
    this.sockets.add(socket)
    let rest = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', (piece) => {
      rest = Buffer.concat([rest, piece])
      for (;;) {
        const blank = rest.indexOf(' ')
        const length = Number(rest.subarray(0, Math.max(0, blank)))
        if (blank < 0 || rest.length < blank + 1 + length) return
        this.messages.push(rest.subarray(blank + 1, blank + 1 + length).toString())
        rest = rest.subarray(blank + 1 + length)
      }
    })
  }
}
