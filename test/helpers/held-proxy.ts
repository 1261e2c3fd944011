import type { AddressInfo } from 'node:net'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { Transform } from 'node:stream'

/** The two ends of a connection, and what lies on the way between them. */
interface Pair {
  client: Socket
  server: Socket
  toServer: Transform
  toClient: Transform
}

/** A TCP proxy on loopback that can hold back or delay what is sent, as a bad network does, or cut connections. */
export class HeldProxy {
  readonly #server: Server
  readonly #target: number
  readonly #sockets = new Set<Socket>()
  readonly #pairs = new Set<Pair>()
  #held: 'nothing' | 'clients' | 'all' = 'nothing'
  #isCut = false
  #delayMs = 0

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
    return [...this.#pairs].reduce((sum, { client }) => sum + client.readableLength, 0)
  }

  /** Holds back from now on what clients send, or what both sides send. Connections stay, and new ones are silent. */
  hold(what: 'clients' | 'all' = 'clients'): void {
    this.#held = what
    for (const pair of this.#pairs) this.#connect(pair)
  }

  release(): void {
    this.#held = 'nothing'
    for (const pair of this.#pairs) this.#connect(pair)
  }

  /** Delivers everything that is sent from now on so much later, in each direction. */
  delay(ms: number): void {
    this.#delayMs = ms
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
    const pair = { client, server, toServer: this.#delayed(), toClient: this.#delayed() }
    this.#pairs.add(pair)
    for (const [one, other] of [
      [client, server],
      [server, client],
    ]) {
      this.#sockets.add(one)
      one.setNoDelay(true)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        this.#sockets.delete(one)
        this.#pairs.delete(pair)
        other.destroy()
      })
    }
    pair.toServer.pipe(server)
    pair.toClient.pipe(client)
    this.#connect(pair)
  }

  #connect({ client, server, toServer, toClient }: Pair): void {
    // Two pipes between the same two would deliver everything twice.
    client.unpipe(toServer)
    server.unpipe(toClient)
    if (this.#held === 'nothing') client.pipe(toServer)
    if (this.#held !== 'all') server.pipe(toClient)
  }

  #delayed(): Transform {
    const waiting: Buffer[] = []
    let due = 0
    const wait = () => {
      due = Math.max(due, performance.now() + this.#delayMs)
      return due - performance.now()
    }
    return new Transform({
      transform(chunk, _, done) {
        const ms = wait()
        waiting.push(chunk)
        // Timers may fire in another order than they were set.
        if (ms < 1) this.push(waiting.shift())
        else setTimeout(() => this.push(waiting.shift()), ms)
        done()
      },
      flush: (done) => void setTimeout(done, wait() + 1),
    })
  }
}
