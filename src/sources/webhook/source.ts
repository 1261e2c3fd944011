import type { IncomingHttpHeaders } from 'node:http'
import { TocsinError } from '../../errors/tocsin-error.js'
import { encodedLength } from '../../event/msgpack/encoder.js'
import { isLongJson } from '../../incremental/read-json.js'
import { cloudEventHeaders } from '../../protocols/webhook/cloudevent-headers.js'
import type { Hook, HookAnswer } from '../../protocols/webhook/hooks.js'
import { BegunRequests, notTaken } from '../http/begun-requests.js'
import { RequestOutcomes } from '../http/request-outcomes.js'
import { RequestRate } from '../http/request-rate.js'
import type { Source, SourceContext, SourceHealth } from '../source.js'
import { alertEvents } from './alerts.js'
import { cloudEvents, isBinaryCloudEvent } from './cloudevents.js'
import { takesCloudEvents, type WebhookConfig } from './config.js'
import { SenderCheck } from './credentials.js'
import { githubEvents } from './github.js'
import type { MadeEvent, MadeEvents } from './made-events.js'
import { type Payload, payloadOf, wholeOf } from './payload.js'
import { keptIds, RecentIds } from './recent-ids.js'

/** Time in which a sender of a form without a time may send a request again. */
const REMEMBERED_MS = 3_600_000
/** Bytes for the tag and the other fields of an event. */
const HEAD_BYTES = 8 * 1024
const MAX_ID = 128
const MINUTE_MS = 60_000

/** Takes the requests of other programs that HTTP receives at `/v1/hook/<name>`, and publishes what they say. */
export class WebhookSource implements Source, Hook {
  readonly maxBody: number
  readonly #config: WebhookConfig
  readonly #begun = new BegunRequests()
  #context!: SourceContext
  #sender!: SenderCheck
  #rate!: RequestRate
  #recent!: RecentIds
  #close: () => void = () => undefined
  #outcomes!: RequestOutcomes
  #requests = 0
  #repeated = 0

  constructor(config: WebhookConfig) {
    this.#config = config
    this.maxBody = config.maxBody
  }

  async start(context: SourceContext): Promise<void> {
    const { name, requests, tolerance } = this.#config
    this.#context = context
    this.#outcomes = new RequestOutcomes(context)
    this.#sender = new SenderCheck(this.#config, context.runtime)
    this.#rate = new RequestRate(requests, context.runtime)
    // A time may be as far behind that of the hub as ahead of it.
    this.#recent = new RecentIds(Math.max(2 * tolerance, REMEMBERED_MS), await context.load(keptIds))
    await this.#sender.ready()
    this.#close = context.hooks.open(`webhook/${name}`, this)
  }

  async stop(): Promise<void> {
    this.#close()
  }

  health(): SourceHealth {
    const { fault, refused, lastRefusal } = this.#outcomes
    return {
      state: fault === undefined ? 'up' : 'degraded',
      reason: fault,
      details: {
        requests: this.#requests,
        repeated: this.#repeated,
        refused,
        lastRefusal: lastRefusal ?? null,
      },
    }
  }

  admit(headers: IncomingHttpHeaders): Promise<void> {
    return this.#outcomes.of(() => this.#sender.checkHeaders(headers))
  }

  permit(origin: string): number | undefined {
    const { preset, origins, requests } = this.#config
    if (!takesCloudEvents(preset)) return undefined
    const isKnown = origins.some((each) => each.toLowerCase() === origin.toLowerCase())
    if (origins.length > 0 && !isKnown) return undefined
    return Math.max(1, Math.floor((requests.count * MINUTE_MS) / requests.per))
  }

  receive(headers: IncomingHttpHeaders, body: Buffer): Promise<HookAnswer> {
    return this.#outcomes.of(async () => {
      await this.#sender.checkBody(headers, body)
      // Requests of a stranger must not use up the limit of the sender.
      this.#rate.take()
      this.#requests++
      const id = this.#sender.idOf(headers)
      const now = this.#context.runtime.now()
      const isShort = !isLongJson(body)
      const work = this.#take(headers, body, id, now)
      const answer = await this.#context.longWork.settle(`webhook/${this.#config.name}`, work, isShort)
      if (answer.repeated !== true && this.#config.ack === 'durable') await this.#settled(id)
      return answer
    })
  }

  /** In steps, between which nothing of the same webhook is taken. */
  *#take(
    headers: IncomingHttpHeaders,
    body: Buffer,
    id: string | undefined,
    now: number,
  ): Generator<undefined, HookAnswer> {
    if (id !== undefined && this.#recent.has(id, now)) {
      this.#repeated++
      return { events: 0, repeated: true }
    }
    const made = yield* this.#made(headers, payloadOf(headers, body))
    yield
    yield* this.#publish(yield* this.#fitting(made, body.length), body)
    if (id !== undefined) this.#remember(id, now)
    return { events: made.events.length }
  }

  *#made(headers: IncomingHttpHeaders, payload: Payload): Generator<undefined, MadeEvents> {
    const { preset, redact } = this.#config
    const reading = { runtime: this.#context.runtime, asObjects: redact.length > 0 }
    if (preset === 'github') return yield* githubEvents(headers, payload, reading)
    if (preset === 'cloudevents') return yield* cloudEvents(headers, payload, reading)
    if (preset !== 'none') return yield* alertEvents(preset, payload, reading)
    const { contentType } = payload
    const delivery = this.#sender.idOf(headers)?.slice(0, MAX_ID)
    const data = {
      ...(contentType && { contentType }),
      ...(delivery && { delivery }),
      ...(isBinaryCloudEvent(headers) && { cloudEvent: cloudEventHeaders(headers) }),
      payload: yield* wholeOf(payload, reading),
    }
    return { events: [{ path: 'received', data }] }
  }

  /** A body that no event can hold is left out of it. */
  *#fitting(made: MadeEvents, length: number): Generator<undefined, MadeEvents> {
    const room = this.#context.largestFrame - HEAD_BYTES
    // A number of JSON takes 9 bytes at most, and has two with its comma.
    if (length * 5 <= room) return made
    const fits = (data: object) => encodedLength(data) <= room
    const events: MadeEvent[] = []
    for (const each of made.events) {
      events.push(fitting(each, length, fits))
      yield
    }
    return { ...made, events }
  }

  /** Events of the same request that were stored before are not stored again. */
  *#publish({ events, leftOut = 0 }: MadeEvents, body: Buffer): Generator<undefined, void> {
    for (let at = this.#begun.take(body); at < events.length; at++, yield) {
      const outcome = this.#context.offer(events[at].path, events[at].data)
      if (outcome === 'taken') continue
      this.#begun.keep(body, at)
      throw notTaken(outcome)
    }
    if (leftOut > 0) this.#context.lost(leftOut, 'the sender left out alerts (`max_alerts`)')
  }

  #remember(id: string, now: number): void {
    this.#recent.add(id, now)
    this.#context.moved(() => this.#recent.kept())
  }

  /** A request whose events may be lost has to be accepted when it is sent again. */
  async #settled(id: string | undefined): Promise<void> {
    try {
      await this.#context.settled()
    } catch (error) {
      if (id !== undefined) this.#recent.delete(id)
      throw error
    }
  }
}

function fitting({ path, data }: MadeEvent, length: number, fits: (data: object) => boolean): MadeEvent {
  if (fits(data)) return { path, data }
  const { payload, ...rest }: { payload?: unknown } = data
  const cut = { ...rest, cut: length }
  if (payload !== undefined && fits(cut)) return { path, data: cut }
  throw new TocsinError('TCN_FRAME_TOO_LARGE', 'a part of the body is too large for an event')
}
