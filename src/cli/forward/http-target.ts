import { setTimeout as sleep } from 'node:timers/promises'
import { Backoff } from '../../client/backoff.js'
import { type CloudEvent, toCloudEvent } from '../../event/cloudevents.js'
import { TocsinError } from '../../event/errors.js'
import { PATH_ATTRIBUTE } from './path.js'
import type { Outgoing, Refusal, Target } from './target.js'

export interface HttpTargetOptions {
  url: URL
  /** Events of one request; 0: each alone, structured. */
  batch: number
  token: string | undefined
  typeOf: (tag: string) => string
  /** A request failed, and is made again in so many ms. */
  onRetry(why: string, delay: number): void
}

const STRUCTURED = 'application/cloudevents+json; charset=utf-8'
const BATCH = 'application/cloudevents-batch+json; charset=utf-8'
const REQUEST_TIMEOUT = 30_000
/** A target that asks for longer is asked again all the same. ms */
const LONGEST_PAUSE = 5 * 60_000
const MOST_OF_AN_ANSWER = 300
/** After these the same request may go well later. */
const passing = new Set([408, 421, 425, 429, 500, 502, 503, 504])

/** Posts CloudEvents, structured or in batches (CloudEvents HTTP binding 1.0 §3). */
export class HttpTarget implements Target {
  readonly address: string
  readonly epoch = undefined
  readonly #options: HttpTargetOptions
  readonly #backoff = new Backoff()

  constructor(options: HttpTargetOptions) {
    this.#options = options
    this.address = `${options.url.origin}${options.url.pathname}`
  }

  get most(): number {
    return Math.max(1, this.#options.batch)
  }

  async deliver(events: readonly Outgoing[], signal: AbortSignal): Promise<Refusal[]> {
    const views = events.map((each) => this.#view(each))
    const isBatch = this.#options.batch > 0
    const body = JSON.stringify(isBatch ? views : views[0])
    const refusal = await this.#post(body, isBatch ? BATCH : STRUCTURED, signal)
    if (refusal === undefined) return []
    // One of them may be what is wrong: the others must not suffer for it.
    if (events.length > 1) return await this.#oneByOne(events, signal)
    return [{ event: events[0].event, code: 'TCN_FORWARD_REFUSED', message: refusal }]
  }

  async close(): Promise<void> {}

  async #oneByOne(events: readonly Outgoing[], signal: AbortSignal): Promise<Refusal[]> {
    const refusals: Refusal[] = []
    for (const each of events) refusals.push(...(await this.deliver([each], signal)))
    return refusals
  }

  #view({ event, epoch, path }: Outgoing): CloudEvent {
    const view = toCloudEvent(event, { epoch, typeOf: this.#options.typeOf })
    return { ...view, [PATH_ATTRIBUTE]: path }
  }

  /** Undefined when it was taken; else why it never will be. */
  async #post(body: string, type: string, signal: AbortSignal): Promise<string | undefined> {
    for (;;) {
      const { status, text, pause } = await this.#try(body, type, signal)
      if (status >= 200 && status < 300) {
        this.#backoff.reset()
        return undefined
      }
      if (status === 401 || status === 403)
        throw new TocsinError('TCN_FORWARD_REFUSED', `${this.address} answers ${status} ${text}`.trim())
      if (status !== 0 && !passing.has(status)) return `HTTP ${status} ${text}`.trim()
      const delay = Math.min(LONGEST_PAUSE, Math.max(this.#backoff.next(), pause))
      this.#options.onRetry(status === 0 ? text : `HTTP ${status} ${text}`.trim(), delay)
      await sleep(delay, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }

  async #try(
    body: string,
    type: string,
    signal: AbortSignal,
  ): Promise<{ status: number; text: string; pause: number }> {
    const { url, token } = this.#options
    try {
      const response = await fetch(url, {
        method: 'POST',
        body,
        // A token must not follow to another host.
        redirect: 'manual',
        headers: {
          'content-type': type,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT)]),
      })
      const text = await readSome(response)
      return { status: response.status, text, pause: pauseOf(response.headers.get('retry-after')) }
    } catch (error) {
      signal.throwIfAborted()
      const { message, cause } = error as Error
      return { status: 0, text: cause instanceof Error ? cause.message : message, pause: 0 }
    }
  }
}

/** Reads no more than is shown. */
async function readSome({ body }: Response): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    if (text.length >= MOST_OF_AN_ANSWER) break
  }
  return text.slice(0, MOST_OF_AN_ANSWER).trim()
}

/** RFC 9110 §10.2.3: seconds or a date. ms */
function pauseOf(header: string | null): number {
  if (header === null) return 0
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000
  const at = Date.parse(header)
  return Number.isNaN(at) ? 0 : Math.max(0, at - Date.now())
}
