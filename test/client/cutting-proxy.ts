import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { temporaryFolder } from '../helpers/temporary-folder.js'

/** A proxy between client and hub that breaks connections at points chosen by a test. */
export class CuttingProxy {
  readonly path: string
  readonly #folder: string
  readonly #server: Server
  readonly #pairs = new Set<[Socket, Socket]>()
  /** Returns where the next connection is cut: the number of bytes that pass in each direction. */
  nextCut: (() => { up: number; down: number }) | undefined
  /** Whether bytes in both directions are discarded, while connections stay open. */
  held = false
  accepting = true
  cuts = 0

  private constructor(target: string) {
    this.#folder = temporaryFolder('proxy')
    this.path = join(this.#folder, 's')
    this.#server = createServer((client) => this.#accept(client, target))
  }

  static async start(address: string): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(address.replace('unix:', ''))
    await new Promise<void>((listening) => proxy.#server.listen(proxy.path, listening))
    return proxy
  }

  get connections(): number {
    return this.#pairs.size
  }

  /** Breaks all open connections. */
  cut(): void {
    for (const pair of this.#pairs) this.#break(pair)
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise((closed) => this.#server.close(closed))
  }

  #accept(client: Socket, target: string): void {
    if (!this.accepting) {
      client.destroy()
      return
    }
    const hub = connect(target)
    const pair: [Socket, Socket] = [client, hub]
    const { up, down } = this.nextCut?.() ?? { up: Number.POSITIVE_INFINITY, down: Number.POSITIVE_INFINITY }
    this.#pairs.add(pair)
    this.#pass(client, hub, up, pair)
    this.#pass(hub, client, down, pair)
  }

  #pass(from: Socket, to: Socket, limit: number, pair: [Socket, Socket]): void {
    let passed = 0
    from.on('data', (chunk) => {
      if (this.held) return
      const rest = limit - passed
      passed += chunk.length
      if (chunk.length <= rest) {
        if (!to.write(chunk)) {
          from.pause()
          to.once('drain', () => from.resume())
        }
        return
      }
      // Bytes within the limit still arrive, as they would from a peer that dies later.
      to.write(chunk.subarray(0, Math.max(0, rest)), () => this.#break(pair))
    })
    from.on('error', () => {})
    from.on('close', () => this.#break(pair))
  }

  #break(pair: [Socket, Socket]): void {
    if (!this.#pairs.delete(pair)) return
    this.cuts++
    for (const socket of pair) socket.destroy()
  }
}
