import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, type generateKeyPair } from 'jose'

export type Pair = Awaited<ReturnType<typeof generateKeyPair>>

/** An issuer on the network: discovery and keys over HTTP. */
export class Issuer {
  readonly requests: string[] = []
  readonly #server: Server
  #keys: Record<string, unknown>[] = []
  answer: { status: number; body: string } | undefined
  discovery: Record<string, unknown> = {}

  constructor() {
    this.#server = createServer((request, response) => {
      this.requests.push(request.url ?? '')
      const { status, body } = this.answer ?? { status: 200, body: this.#document(request.url ?? '') }
      response.writeHead(status, { 'content-type': 'application/json' }).end(body)
    })
  }

  static async start(): Promise<Issuer> {
    const started = new Issuer()
    await new Promise<void>((listening) => started.#server.listen(0, '127.0.0.1', listening))
    return started
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async publish(kid: string, alg: string, { publicKey }: Pair): Promise<void> {
    this.#keys.push({ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' })
  }

  stop(): Promise<unknown> {
    this.#server.closeAllConnections()
    return new Promise((closed) => this.#server.close(closed))
  }

  #document(path: string): string {
    if (path === '/keys') return JSON.stringify({ keys: this.#keys })
    return JSON.stringify({ issuer: this.url, jwks_uri: `${this.url}/keys`, ...this.discovery })
  }
}
