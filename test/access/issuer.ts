import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, type generateKeyPair } from 'jose'

export type Pair = Awaited<ReturnType<typeof generateKeyPair>>

/** What a client posts for a token. */
export interface TokenRequest {
  readonly form: URLSearchParams
  readonly authorization: string | undefined
}

/** An issuer on the network: discovery, keys and tokens over HTTP. */
export class Issuer {
  readonly requests: string[] = []
  readonly #server: Server
  #keys: Record<string, unknown>[] = []
  answer: { status: number; body: string } | undefined
  /** Answers at `/token`. */
  token: (request: TokenRequest) => Promise<{ status: number; body: object }> = async () => ({
    status: 400,
    body: { error: 'invalid_grant' },
  })
  discovery: Record<string, unknown> = {}

  constructor() {
    this.#server = createServer((request, response) => {
      this.requests.push(request.url ?? '')
      void this.#answerTo(request).then(({ status, body }) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(body),
      )
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

  async #answerTo(request: IncomingMessage): Promise<{ status: number; body: string }> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    if (this.answer !== undefined) return this.answer
    if (request.url !== '/token') return { status: 200, body: this.#document(request.url ?? '') }
    const form = new URLSearchParams(Buffer.concat(parts).toString())
    const { status, body } = await this.token({ form, authorization: request.headers.authorization })
    return { status, body: JSON.stringify(body) }
  }

  #document(path: string): string {
    if (path === '/keys') return JSON.stringify({ keys: this.#keys })
    const { url } = this
    return JSON.stringify({
      issuer: url,
      jwks_uri: `${url}/keys`,
      authorization_endpoint: `${url}/authorize?prompt=login`,
      token_endpoint: `${url}/token`,
      ...this.discovery,
    })
  }
}
