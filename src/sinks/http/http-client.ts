import type { Agent as HttpAgent } from 'node:http'
import type { TlsClientConfig } from '../../config/values/tls-client.js'
import { codeOf, messageOf } from '../../errors/thrown.js'
import type { Runtime } from '../../event/runtime.js'
import { guardedAgent } from '../../transport/guarded-agent.js'
import { DeliveryFault, type FaultKind, kindOfLoss, quoted } from '../delivery-fault.js'
import { deadline } from '../pauses.js'
import { tlsClient } from '../tls.js'
import { type PostAnswer, post } from './post.js'

const MAX_REDIRECTS = 3
const AGENT = { 'User-Agent': 'tocsin' }
/** Codes of a connection that has ended before the answer. */
const ENDS = new Set(['ECONNRESET', 'EPIPE'])

export interface HttpServer {
  /** Requests at once. */
  readonly parallel: number
  /** Time that a request may take, ms. */
  readonly timeout: number
  readonly tls: TlsClientConfig
}

/** The answer of a server that has not taken something. */
export class HttpFault extends DeliveryFault {
  readonly status: number
  /** The beginning of what it has said. */
  readonly body: Buffer

  constructor(kind: FaultKind, { status, body }: PostAnswer, reason: string, retryAfter?: number) {
    super(kind, reason, retryAfter)
    this.status = status
    this.body = body
  }
}

/** Posts to one server, over connections that stay open. */
export class HttpClient {
  readonly #server: HttpServer
  readonly #runtime: Runtime
  #agent: Promise<HttpAgent> | undefined
  #origin = ''

  constructor(server: HttpServer, runtime: Runtime) {
    this.#server = server
    this.#runtime = runtime
  }

  /**
   * Resolves with the beginning of the answer. Rejects with a DeliveryFault unless the server has taken the body. The
   * connections to another server before are closed.
   */
  async post(
    url: URL,
    headers: Record<string, string>,
    body: readonly Uint8Array[],
    signal: AbortSignal,
  ): Promise<PostAnswer> {
    if (url.origin !== this.#origin) {
      await this.close()
      this.#agent = undefined
      this.#origin = url.origin
    }
    const answer = await this.#ask(url, { ...headers, ...AGENT }, body, signal)
    const fault = faultOfAnswer(answer, this.#runtime.now() / 1000)
    if (fault !== undefined) throw fault
    return answer
  }

  async close(): Promise<void> {
    const agent = await this.#agent?.catch(() => undefined)
    agent?.destroy()
  }

  /** Follows redirects that keep the method, within the same server: secrets must not get to another one. */
  async #ask(
    to: URL,
    headers: Record<string, string>,
    body: readonly Uint8Array[],
    signal: AbortSignal,
  ): Promise<PostAnswer> {
    const limit = deadline(this.#runtime, this.#server.timeout, signal)
    let url = to
    try {
      this.#agent ??= this.#connecting(to)
      const agent = await this.#agent
      for (let redirects = 0; ; redirects++) {
        const answer = await post({ url, method: 'POST', headers, body, agent, signal: limit.signal })
        if (answer.status < 300 || answer.status > 399) return answer
        url = redirected(url, answer, redirects)
      }
    } catch (thrown) {
      if (thrown instanceof DeliveryFault) throw thrown
      const isEnd = ENDS.has(codeOf(thrown) ?? '') && (await this.#isThere(url, limit.signal))
      throw new DeliveryFault(isEnd ? 'ended' : kindOfLoss(thrown), reasonOf(thrown))
    } finally {
      limit.end()
    }
  }

  /** Returns whether the server answers if nothing of an event is sent: what is between may accept a connection too. */
  async #isThere(url: URL, signal: AbortSignal): Promise<boolean> {
    const agent = await this.#agent
    if (agent === undefined) return false
    const answer = post({ url, method: 'OPTIONS', headers: AGENT, body: [], agent, signal })
    return answer.then(
      () => true,
      () => false,
    )
  }

  /** A file of a certificate may be put there later, so that the next attempt reads it again. */
  async #connecting({ protocol, hostname }: URL): Promise<HttpAgent> {
    const { tls, parallel } = this.#server
    const options = { keepAlive: true, maxSockets: parallel, maxFreeSockets: parallel }
    const guard = { runtime: this.#runtime, work: { face: 'sink', what: 'http', principal: hostname } }
    if (protocol === 'http:') return guardedAgent(false, options, guard)
    try {
      const settings = await tlsClient(tls, hostname.replace(/^\[(.*)\]$/, '$1'))
      return guardedAgent(true, { ...options, ...settings }, guard)
    } catch (thrown) {
      this.#agent = undefined
      throw thrown
    }
  }
}

function redirected(from: URL, { status, location = '' }: PostAnswer, redirects: number): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined
  const isFollowed =
    (status === 307 || status === 308) && to?.origin === from.origin && redirects < MAX_REDIRECTS
  if (to !== undefined && isFollowed) return to
  const where = to === undefined ? 'nowhere' : to.origin
  throw new DeliveryFault('unavailable', `HTTP ${status}: redirects to ${where}, which is not followed`)
}

/** Errors of several addresses of one host have no message of their own. */
function reasonOf(thrown: unknown): string {
  return messageOf(thrown) || codeOf(thrown) || 'the connection failed'
}

/** Answers that are about the hub or the server, not about the event. */
const NOT_THE_EVENT = new Set([401, 405, 407, 421, 423, 425, 429])
/** Those that may be about either, beside all from 500. */
const UNCLEAR = new Set([403, 404, 408])

/** Returns the fault that the answer of a server stands for; undefined if it has taken the events. */
function faultOfAnswer(answer: PostAnswer, now: number): HttpFault | undefined {
  const { status, body, retryAfter } = answer
  if (status >= 200 && status < 300) return undefined
  const said = quoted(body.toString())
  const reason = `HTTP ${status}${said === '' ? '' : `: ${said}`}`
  // CloudEvents HTTP webhooks §2.2: nothing may be sent to this address any more.
  if (status === 410) return new HttpFault('gone', answer, reason)
  const pause = pauseOf(retryAfter, now)
  const isUnclear = status >= 500 || UNCLEAR.has(status)
  if (isUnclear && pause === undefined) return new HttpFault('unclear', answer, reason)
  if (isUnclear || NOT_THE_EVENT.has(status)) return new HttpFault('unavailable', answer, reason, pause)
  return new HttpFault('refused', answer, reason)
}

/** Reads `Retry-After`, seconds or a date, as ms. `now`: ms since the epoch. */
function pauseOf(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
