import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { Runtime } from '../../event/runtime.js'
import type { OtlpKind } from '../../protocols/otlp/messages.js'
import { bearerHeader } from '../http/bearer.js'
import { HttpClient } from '../http/http-client.js'
import { headerValues, serverAddress } from '../secret-file.js'
import type { OtlpSinkConfig } from './config.js'
import { encodings, type OtlpEncoding } from './encoding.js'
import type { Rejected } from './partial-success.js'

const FASTEST = { level: 1 }

/** In a thread of the pool, piece by piece. */
async function compressed(message: readonly Buffer[]): Promise<Buffer[]> {
  const pieces: Buffer[] = []
  for await (const piece of Readable.from(message).pipe(createGzip(FASTEST))) pieces.push(piece)
  return pieces
}

/** Where one kind of messages is posted to. */
export class OtlpOutlet {
  readonly #encoding: OtlpEncoding
  readonly #path: string | undefined
  readonly #url: () => Promise<URL>
  readonly #headers: () => Promise<Record<string, string>>
  readonly #bearer: () => Promise<Record<string, string>>
  readonly #client: HttpClient

  constructor(kind: OtlpKind, config: OtlpSinkConfig, runtime: Runtime) {
    this.#encoding = encodings[config.encoding]
    const own = config.urls[kind]
    this.#path = own === undefined ? `/v1/${kind}` : undefined
    this.#url = serverAddress(own ?? config.url, runtime)
    this.#headers = headerValues(config.headers, runtime)
    this.#bearer = bearerHeader(config.bearerFile, runtime)
    this.#client = new HttpClient(config, runtime)
  }

  /** Resolves when the server has taken the message, with what it has not kept of it. Rejects with a DeliveryFault. */
  async post(message: readonly Buffer[], signal: AbortSignal): Promise<Rejected | undefined> {
    const body = await compressed(message)
    const url = new URL(await this.#url())
    if (this.#path !== undefined) url.pathname = url.pathname.replace(/\/$/, '') + this.#path
    const headers = { 'Content-Type': this.#encoding.contentType, 'Content-Encoding': 'gzip' }
    const all = { ...(await this.#headers()), ...headers, ...(await this.#bearer()) }
    const answer = await this.#client.post(url, all, body, signal)
    return this.#encoding.rejected(answer.body)
  }

  close(): Promise<void> {
    return this.#client.close()
  }
}
