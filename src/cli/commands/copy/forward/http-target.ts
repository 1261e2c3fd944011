import { setTimeout as sleep } from 'node:timers/promises'
import { Backoff } from '../../../../client/transport/backoff.js'
import { messageOf } from '../../../../errors/thrown.js'
import { TocsinError } from '../../../../errors/tocsin-error.js'
import { type CloudEvent, toCloudEvent } from '../../../../event/cloudevents.js'
import { asFields } from '../../../../event/json/object.js'
import { PATH_ATTRIBUTE } from '../../../../protocols/native/event-path.js'
import type { ForwardTarget, Outgoing, RefusedEvent } from './target.js'

export interface HttpTargetOptions {
  url: URL
  /** Events of one request; 0: each alone, structured. */
  batch: number
  token: string | undefined
  typeOf: (tag: string) => string
  /** A request failed, and is repeated after this time, ms. */
  onRetry(why: string, delay: number): void
}

interface Answer {
  /** 0: there was none, and the text says why. */
  status: number
  text: string
  /** The pause that the target asks for, ms. */
  pause: number
}

const STRUCTURED = 'application/cloudevents+json; charset=utf-8'
const BATCH = 'application/cloudevents-batch+json; charset=utf-8'
const REQUEST_TIMEOUT = 30_000
/** A target that asks for longer is asked again all the same. ms */
const MAX_PAUSE = 5 * 60_000
const MAX_ANSWER_BYTES = 1024 * 1024
const SHOWN_OF_AN_ANSWER = 300
/** The answer of a hub to a batch of which it took a part. */
const IN_PART = 207
/** After these the same request may go well later. */
const passing = new Set([408, 421, 425, 429, 500, 502, 503, 504])

/** Posts CloudEvents, structured or in batches (CloudEvents HTTP binding 1.0 §3). */
export class HttpTarget implements ForwardTarget {
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

  deliver(events: readonly Outgoing[], signal: AbortSignal): Promise<RefusedEvent[]> {
    return this.#deliver(events, this.#options.batch > 0, signal)
  }

  async close(): Promise<void> {}

  async #deliver(
    events: readonly Outgoing[],
    isBatch: boolean,
    signal: AbortSignal,
  ): Promise<RefusedEvent[]> {
    const views = events.map((each) => this.#view(each))
    const body = JSON.stringify(isBatch ? views : views[0])
    const { status, text } = await this.#post(body, isBatch ? BATCH : STRUCTURED, signal)
    if (isTaken(status)) return []
    // Alone, each is answered with why, and made again if that passes.
    if (status === IN_PART && isBatch) return await this.#oneByOne(refusedOf(events, text), false, signal)
    // One of them may be what is wrong: the others must not suffer for it.
    if (events.length > 1) return await this.#oneByOne(events, isBatch, signal)
    return [{ event: events[0].event, code: 'TCN_FORWARD_REFUSED', message: shown(status, text) }]
  }

  async #oneByOne(
    events: readonly Outgoing[],
    isBatch: boolean,
    signal: AbortSignal,
  ): Promise<RefusedEvent[]> {
    const refusals: RefusedEvent[] = []
    for (const each of events) refusals.push(...(await this.#deliver([each], isBatch, signal)))
    return refusals
  }

  #view({ event, epoch, path }: Outgoing): CloudEvent {
    const view = toCloudEvent(event, { epoch, typeOf: this.#options.typeOf })
    return { ...view, [PATH_ATTRIBUTE]: path }
  }

  /** Until the target has said yes or no. */
  async #post(body: string, type: string, signal: AbortSignal): Promise<Answer> {
    for (;;) {
      const answer = await this.#try(body, type, signal)
      const { status, text, pause } = answer
      if (isTaken(status)) this.#backoff.reset()
      if (status === 401 || (status === 403 && !isOfHub(text)))
        throw new TocsinError('TCN_FORWARD_REFUSED', `${this.address} answers ${shown(status, text)}`)
      if (status !== 0 && !passing.has(status)) return answer
      const delay = Math.min(MAX_PAUSE, Math.max(this.#backoff.next(), pause))
      this.#options.onRetry(shown(status, text), delay)
      await sleep(delay, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }

  async #try(body: string, type: string, signal: AbortSignal): Promise<Answer> {
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
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
      return { status: 0, text: messageOf(cause), pause: 0 }
    }
  }
}

function isTaken(status: number): boolean {
  return status >= 200 && status < 300 && status !== IN_PART
}

/** A hub says of each event of a batch whether it took it. */
function refusedOf(events: readonly Outgoing[], text: string): readonly Outgoing[] {
  const { items } = parsed(text)
  if (!Array.isArray(items) || items.length !== events.length) return events
  return events.filter((_, index) => typeof items[index]?.code === 'string')
}

/** To a hub, that something may not be published says nothing of the next event. */
function isOfHub(text: string): boolean {
  const { code } = parsed(text)
  return typeof code === 'string' && code.startsWith('TCN_')
}

function parsed(text: string): { code?: unknown; items?: unknown } {
  try {
    return Object(JSON.parse(text)) as object
  } catch {
    return {}
  }
}

/** The words of a problem (RFC 9457), else what came. */
function shown(status: number, text: string): string {
  const { detail } = asFields(parsed(text))
  const words = (typeof detail === 'string' ? detail : text).slice(0, SHOWN_OF_AN_ANSWER).trim()
  return status === 0 ? words : `HTTP ${status} ${words}`.trim()
}

async function readSome({ body }: Response): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length >= MAX_ANSWER_BYTES) break
  }
  return text
}

/** RFC 9110 §10.2.3: seconds or a date. ms */
function pauseOf(header: string | null): number {
  if (header === null) return 0
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000
  const at = Date.parse(header)
  return Number.isNaN(at) ? 0 : Math.max(0, at - Date.now())
}
