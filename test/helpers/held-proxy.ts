import type { AddressInfo } from 'node:net'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** A TCP proxy on loopback that can hold back what clients send, as a network that stands still does, or cut them off. */
export class HeldProxy {
  readonly #server: Server
  readonly #target: number
  readonly #sockets = new Set<Socket>()
  readonly #clients = new Map<Socket, Socket>()
  #isHeld = false
  #isCut = false

  private constructor(target: number) {
    this.#target = target
    this.#server = createServer((client) => this.#accept(client))
  }

  /** `target`: an address on loopback. */
  static async start(target: string): Promise<HeldProxy> {
    const proxy = new HeldProxy(Number(target.split(':')[1]))
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Bytes that clients have sent and the server has not received. */
  get heldBytes(): number {
    return [...this.#clients.keys()].reduce((sum, client) => sum + client.readableLength, 0)
  }

  /** Holds back what clients send from now on. */
  hold(): void {
    this.#isHeld = true
    for (const [client, server] of this.#clients) client.unpipe(server)
  }

  release(): void {
    this.#isHeld = false
    for (const [client, server] of this.#clients) client.pipe(server)
  }

  /** Ends all connections, and refuses new ones until `mend`. */
  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  mend(): void {
    this.#isCut = false
  }

  async stop(): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #accept(client: Socket): void {
    if (this.#isCut) {
      client.destroy()
      return
    }
    const server = connect(this.#target, '127.0.0.1')
    this.#clients.set(client, server)
    for (const [one, other] of [
      [client, server],
      [server, client],
    ]) {
      this.#sockets.add(one)
      one.setNoDelay(true)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        this.#sockets.delete(one)
        this.#clients.delete(one)
        other.destroy()
      })
    }
    server.pipe(client)
    if (!this.#isHeld) client.pipe(server)
  }
}
