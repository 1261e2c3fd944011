import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { Transform } from 'node:stream'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Runtime } from '../../../event/runtime.js'
import type { EauthCredentials } from './eauth.js'

/** Maximum number of concurrent requests to the upstream salt-api; each may take as long as a Salt job. */
const MAX_CONCURRENT = 64
const MAX_ANSWER_BYTES = 64 * 2 ** 20
const MAX_LOGIN_BYTES = 64 * 1024

export interface UpstreamSettings {
  /** URL of a genuine salt-api. */
  url: string
  /** ms */
  timeout: number
}

export interface UpstreamRequest {
  method: string
  /** Path and query */
  target: string
  contentType?: string
  accept?: string
  body?: Uint8Array
  /** Token of the upstream salt-api. */
  token?: string
}

export interface UpstreamAnswer {
  status: number
  type: string
  /** Fails when it exceeds the limit. */
  body: NodeJS.ReadableStream
}

export interface UpstreamLogin {
  token: string
  /** The user's permissions there, as `external_auth` writes them. */
  perms: readonly unknown[]
}

/** A genuine salt-api, for requests that need a Salt master. It receives only the headers that are listed here. */
export class Upstream {
  readonly #url: URL
  readonly #timeout: number
  readonly #runtime: Runtime
  #underWay = 0

  constructor({ url, timeout }: UpstreamSettings, runtime: Runtime) {
    this.#url = new URL(url)
    this.#timeout = timeout
    this.#runtime = runtime
  }

  /** Rejects with TCN_SALT_UPSTREAM, TCN_SALT_UPSTREAM_TIMEOUT or TCN_HTTP_TOO_MANY. */
  async ask(wanted: UpstreamRequest, signal?: AbortSignal): Promise<UpstreamAnswer> {
    if (this.#underWay >= MAX_CONCURRENT) {
      throw new TocsinError('TCN_HTTP_TOO_MANY', 'too many requests wait for the upstream salt-api')
    }
    const response = await this.#send(wanted, signal)
    const body = response.pipe(bounded())
    response.on('error', (error) => body.destroy(error))
    body.on('close', () => response.destroy())
    return {
      status: response.statusCode ?? 502,
      type: response.headers['content-type'] ?? 'application/json',
      body,
    }
  }

  /** Logs in with the same credentials; resolves with undefined if they are not valid there, or there is no answer. */
  async login(credentials: EauthCredentials): Promise<UpstreamLogin | undefined> {
    try {
      const { status, body } = await this.ask({
        method: 'POST',
        target: '/login',
        contentType: 'application/json',
        accept: 'application/json',
        body: Buffer.from(JSON.stringify(credentials)),
      })
      const text = await textOf(body)
      return status === 200 ? loginIn(text) : undefined
    } catch {
      return undefined
    }
  }

  #send(wanted: UpstreamRequest, signal: AbortSignal | undefined): Promise<IncomingMessage> {
    const { method, target, contentType, accept, body, token } = wanted
    const request = this.#url.protocol === 'https:' ? requestHttps : requestHttp
    return new Promise((resolve, reject) => {
      const outgoing = request({
        host: this.#url.hostname.replace(/^\[(.*)\]$/, '$1'),
        port: this.#url.port,
        method,
        path: this.#url.pathname.replace(/\/$/, '') + target,
        headers: {
          ...(contentType !== undefined && { 'Content-Type': contentType }),
          Accept: accept ?? 'application/json',
          ...(body !== undefined && { 'Content-Length': body.length }),
          ...(token !== undefined && { 'X-Auth-Token': token }),
        },
        signal,
      })
      this.#underWay++
      const cancelTimeout = this.#runtime.after(this.#timeout, () => {
        outgoing.destroy(new TocsinError('TCN_SALT_UPSTREAM_TIMEOUT'))
      })
      outgoing.on('response', resolve)
      outgoing.on('error', (error) => reject(upstreamError(error)))
      outgoing.on('close', () => {
        cancelTimeout()
        this.#underWay--
      })
      outgoing.end(body)
    })
  }
}

function upstreamError(error: Error): TocsinError {
  if (TocsinError.is(error)) return error
  return new TocsinError('TCN_SALT_UPSTREAM', `the upstream salt-api does not answer: ${error.message}`, {
    cause: error,
  })
}

function bounded(): Transform {
  let bytes = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes > MAX_ANSWER_BYTES) done(new TocsinError('TCN_SALT_UPSTREAM', 'its answer is too large'))
      else done(null, chunk)
    },
  })
}

async function textOf(body: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_LOGIN_BYTES) throw new TocsinError('TCN_SALT_UPSTREAM', 'its answer is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function loginIn(text: string): UpstreamLogin | undefined {
  const answer = JSON.parse(text) as { return?: { token?: unknown; perms?: unknown }[] }
  const { token, perms } = answer.return?.[0] ?? {}
  if (typeof token !== 'string' || !/^[0-9a-f]{1,128}$/i.test(token)) return undefined
  return { token, perms: Array.isArray(perms) ? perms : [] }
}
