import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { Transform } from 'node:stream'
import { TocsinError } from '../../../event/errors.js'
import type { Runtime } from '../../../event/runtime.js'
import type { EauthCredentials } from './eauth.js'
import type { UpstreamSettings } from './settings.js'

/** Requests to the salt-api behind at once; each may take as long as a Salt job. */
const MOST_AT_ONCE = 64
const LARGEST_ANSWER = 64 * 2 ** 20
const LARGEST_LOGIN = 64 * 1024

export interface UpstreamRequest {
  method: string
  /** Path and query. */
  target: string
  contentType?: string
  accept?: string
  body?: Uint8Array
  /** Of the salt-api behind. */
  token?: string
}

export interface UpstreamAnswer {
  status: number
  type: string
  /** Bounded. */
  body: NodeJS.ReadableStream
}

export interface UpstreamLogin {
  token: string
  /** What the user may do there, in the words of `external_auth`. */
  perms: readonly unknown[]
}

/** A genuine salt-api, asked for all that needs a Salt master. It gets no header but those named here. */
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
  async ask(asked: UpstreamRequest, signal?: AbortSignal): Promise<UpstreamAnswer> {
    if (this.#underWay >= MOST_AT_ONCE) {
      throw new TocsinError('TCN_HTTP_TOO_MANY', 'too many requests wait for the salt-api behind')
    }
    const response = await this.#send(asked, signal)
    const body = response.pipe(bounded())
    response.on('error', (error) => body.destroy(error))
    body.on('close', () => response.destroy())
    return {
      status: response.statusCode ?? 502,
      type: response.headers['content-type'] ?? 'application/json',
      body,
    }
  }

  /** What the same credentials are there; undefined where they count for nothing, or nobody answers. */
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

  #send(asked: UpstreamRequest, signal: AbortSignal | undefined): Promise<IncomingMessage> {
    const { method, target, contentType, accept, body, token } = asked
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
      const late = this.#runtime.after(this.#timeout, () => {
        outgoing.destroy(new TocsinError('TCN_SALT_UPSTREAM_TIMEOUT'))
      })
      outgoing.on('response', resolve)
      outgoing.on('error', (error) => reject(upstreamError(error)))
      outgoing.on('close', () => {
        late()
        this.#underWay--
      })
      outgoing.end(body)
    })
  }
}

function upstreamError(error: Error): TocsinError {
  if (TocsinError.is(error)) return error
  return new TocsinError('TCN_SALT_UPSTREAM', `the salt-api behind does not answer: ${error.message}`, {
    cause: error,
  })
}

function bounded(): Transform {
  let bytes = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes > LARGEST_ANSWER) done(new TocsinError('TCN_SALT_UPSTREAM', 'its answer is too large'))
      else done(null, chunk)
    },
  })
}

async function textOf(body: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > LARGEST_LOGIN) throw new TocsinError('TCN_SALT_UPSTREAM', 'its answer is too large')
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
