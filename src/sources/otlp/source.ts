import type { IncomingHttpHeaders } from 'node:http'
import { TocsinError } from '../../errors/tocsin-error.js'
import { encodedLength } from '../../event/msgpack/encoder.js'
import { isLongJson } from '../../incremental/read-json.js'
import { answerType } from '../../protocols/otlp/messages.js'
import { writeMessage } from '../../protocols/protobuf/write-message.js'
import type { Hook, HookAnswer, HookReply } from '../../protocols/webhook/hooks.js'
import { BegunRequests, notTaken } from '../http/begun-requests.js'
import { RequestOutcomes } from '../http/request-outcomes.js'
import { RequestRate } from '../http/request-rate.js'
import { SenderSecrets } from '../http/sender-secrets.js'
import type { Source, SourceContext, SourceHealth } from '../source.js'
import type { OtlpConfig } from './config.js'
import { eventsOf, madeBytes, type OtlpEvent } from './events.js'
import type { Item, ItemKind, Items } from './items.js'
import { jsonItems } from './json-items.js'
import { protobufItems } from './protobuf-items.js'

/** Bytes for the tag and the other fields of an event. */
const HEAD_BYTES = 8 * 1024
/** Every event has all that its resource says, so that events may have many times the bytes of their request. */
const MAX_MADE_BYTES = 64 * 1024 * 1024

const PROTOBUF = 'application/x-protobuf'
const JSON_TYPE = 'application/json'

/** The outcome of a request. */
interface Taken {
  /** Events of which it consists, whether they were stored now or before. */
  events: number
  /** Bytes of what they were made from, counted for each event that has them. */
  bytes: number
  rejected: number
  /** Why the last of them was rejected. */
  fault: TocsinError | undefined
}

/** Takes the requests of exporters of OpenTelemetry that HTTP receives at `/v1/otlp/<name>`, and publishes what they say. */
export class OtlpSource implements Source, Hook {
  readonly maxBody: number
  readonly #config: OtlpConfig
  readonly #begun = new BegunRequests()
  #context!: SourceContext
  #senders!: SenderSecrets
  #rate!: RequestRate
  #close: () => void = () => undefined
  #outcomes!: RequestOutcomes
  #requests = 0
  #rejected = 0

  constructor(config: OtlpConfig) {
    this.#config = config
    this.maxBody = config.maxBody
  }

  async start(context: SourceContext): Promise<void> {
    const { name, bearerFile, requests } = this.#config
    this.#context = context
    this.#outcomes = new RequestOutcomes(context)
    this.#senders = new SenderSecrets(bearerFile, context.runtime)
    this.#rate = new RequestRate(requests, context.runtime)
    await this.#senders.ready()
    this.#close = context.hooks.open(`otlp/${name}`, this)
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
        refused,
        rejected: this.#rejected,
        lastRefusal: lastRefusal ?? null,
      },
    }
  }

  admit(headers: IncomingHttpHeaders): Promise<void> {
    return this.#outcomes.of(() => this.#senders.checkToken(headers))
  }

  receive(headers: IncomingHttpHeaders, body: Buffer, path: string): Promise<HookAnswer> {
    return this.#outcomes.of(async () => {
      this.#rate.take()
      this.#requests++
      const type = contentType(headers)
      const kind = path === 'traces' ? 'traces' : 'logs'
      const items = this.#items(kind, type, body)
      const work = this.#take(kind, items, body)
      const { longWork } = this.#context
      const outcome = await longWork.settle(`otlp/${this.#config.name}`, work, !isLongJson(body))
      this.#tell(outcome)
      if (outcome.events === 0 && outcome.fault !== undefined) throw outcome.fault
      if (this.#config.ack === 'durable') await this.#context.settled()
      return { events: outcome.events, reply: replyOf(kind, type, outcome) }
    })
  }

  #items(kind: ItemKind, type: string, body: Buffer): Items {
    return type === PROTOBUF ? protobufItems(kind, body) : jsonItems(kind, body, this.#context.runtime)
  }

  /** In steps, between which nothing of the same source is taken. */
  *#take(kind: ItemKind, items: Items, body: Buffer): Generator<undefined, Taken> {
    const outcome: Taken = { events: 0, bytes: 0, rejected: 0, fault: undefined }
    const begun = this.#begun.take(body)
    for (const item of items) {
      yield
      if (item === undefined) continue
      const made = TocsinError.is(item) ? item : yield* this.#made(kind, item, outcome)
      if (TocsinError.is(made)) {
        outcome.rejected++
        outcome.fault = made
      } else yield* this.#publish(made, outcome, begun, body)
    }
    return outcome
  }

  /** Returns the events of an item, or why there are none. */
  *#made(
    kind: ItemKind,
    item: Item,
    outcome: Taken,
  ): Generator<undefined, readonly OtlpEvent[] | TocsinError> {
    outcome.bytes += madeBytes(item)
    if (outcome.bytes > MAX_MADE_BYTES) return beyondFrames('the request makes too many bytes of events')
    const events = eventsOf(kind, item)
    const room = this.#context.largestFrame - HEAD_BYTES
    // A value takes two bytes at least, and nine at most.
    if ((item.shared + item.length) * 5 <= room) return events
    for (const { data } of events) {
      if (encodedLength(data) > room) return beyondFrames('it is too large for an event')
      yield
    }
    return events
  }

  /** Events of the same request that were stored before are not stored again. */
  *#publish(
    made: readonly OtlpEvent[],
    outcome: Taken,
    begun: number,
    body: Buffer,
  ): Generator<undefined, void> {
    for (const { path, data } of made) {
      const offered = outcome.events < begun ? 'taken' : this.#context.offer(path, data)
      if (offered !== 'taken') {
        this.#begun.keep(body, outcome.events)
        throw notTaken(offered)
      }
      outcome.events++
      yield
    }
  }

  #tell({ rejected, fault }: Taken): void {
    if (fault === undefined) return
    this.#rejected += rejected
    this.#context.lost(rejected, `items that are no event: ${fault.message}`)
  }
}

function contentType({ 'content-type': given = '' }: IncomingHttpHeaders): string {
  const type = given.split(';', 1)[0].trim().toLowerCase()
  if (type === PROTOBUF || type === JSON_TYPE) return type
  throw new TocsinError('TCN_HTTP_MEDIA_TYPE', `the media type is neither ${PROTOBUF} nor ${JSON_TYPE}`)
}

function beyondFrames(what: string): TocsinError {
  return new TocsinError('TCN_FRAME_TOO_LARGE', what)
}

/** The count has a name for each kind in JSON, and the same number in Protocol Buffers. */
const REJECTED = { logs: 'rejectedLogRecords', traces: 'rejectedSpans' } as const

/** An exporter wants the answer in the form of its request. Nothing in it means that everything is stored. */
function replyOf(kind: ItemKind, type: string, { rejected, fault }: Taken): HookReply {
  const isBinary = type === PROTOBUF
  const count = isBinary ? REJECTED.logs : REJECTED[kind]
  const answer =
    fault === undefined ? {} : { partialSuccess: { [count]: rejected, errorMessage: fault.message } }
  const body = isBinary ? writeMessage(answer, answerType) : Buffer.from(JSON.stringify(answer))
  return { contentType: type, body: Buffer.from(body) }
}
