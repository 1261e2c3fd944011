import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { z } from 'zod'
import { messageOf } from '../errors/thrown.js'
import { TocsinError } from '../errors/tocsin-error.js'
import type { Cancel } from '../event/runtime.js'
import type { NatsLink } from '../storage/nats/link.js'
import { isUnheard, NatsFault } from '../storage/nats/nats-fault.js'
import type { RawMessage } from '../storage/nats/raw-message.js'
import type { Member } from './members.js'
import { fromJson, outcomeOf, resultOf, toJson } from './outcome.js'

/** Time for a hub to answer, ms. */
const ANSWER_MS = 3000
/** Hubs that one question goes to. */
const MAX_ASKED = 100
/** Questions that this hub answers at a time. */
const MAX_ANSWERING = 32
/** An answer before it is compressed, bytes: to read a longer one would hold up the hub. */
const MAX_ANSWER = 8 * 2 ** 20
/** More than a message has beside its payload, bytes. */
const HEAD_BYTES = 1024

const name = z.string().min(1).max(255)
const questionSchema = z.object({
  method: name,
  params: z.record(z.string().max(64), z.unknown()),
  principal: z.string().max(255),
})

/** A method that another hub runs for a principal, with the rights that the principal has there. */
export type HubQuestion = z.output<typeof questionSchema>

/** The result of a question at one hub. */
export interface HubReply {
  hub: string
  /** When it was asked and when it had answered, by the clock of this hub, µs since the epoch. */
  asked: number
  answered: number
  result?: unknown
  error?: TocsinError
}

const packed = promisify(gzip)
const unpacked = promisify(gunzip)

/** Questions of hubs to each other: one message to each hub, and one back. */
export class HubQuestions {
  readonly close: Cancel
  readonly #link: NatsLink
  readonly #subjectOf: (id: string) => string
  readonly #answer: (question: HubQuestion) => Promise<unknown>
  #answering = 0

  /** `subjectOf`: where the hub with an id listens. */
  constructor(
    link: NatsLink,
    subjectOf: (id: string) => string,
    self: string,
    answer: (question: HubQuestion) => Promise<unknown>,
  ) {
    this.#link = link
    this.#subjectOf = subjectOf
    this.#answer = answer
    this.close = link.subscribe(subjectOf(self), (message) => void this.#take(message))
  }

  /** Asks hubs at the same time. Each of them has a reply, also one that does not answer. */
  ask(hubs: readonly Pick<Member, 'id' | 'name'>[], question: HubQuestion): Promise<HubReply[]> {
    return Promise.all(hubs.map((hub, at) => this.#askOne(hub, question, at)))
  }

  async #askOne(
    { id, name: hub }: Pick<Member, 'id' | 'name'>,
    question: HubQuestion,
    at: number,
  ): Promise<HubReply> {
    const { runtime } = this.#link
    const asked = runtime.now()
    try {
      if (at >= MAX_ASKED) throw noAnswer(`no more than ${MAX_ASKED} hubs are asked`)
      const result = await this.#request(id, question)
      return { hub, asked, answered: runtime.now(), result }
    } catch (thrown) {
      const error = TocsinError.is(thrown) ? thrown : noAnswer(reasonOf(thrown), thrown)
      return { hub, asked, answered: runtime.now(), error }
    }
  }

  async #request(id: string, question: HubQuestion): Promise<unknown> {
    const { payload } = await this.#link.request(this.#subjectOf(id), toJson(question), ANSWER_MS)
    const answer = fromJson(await unpacked(payload, { maxOutputLength: MAX_ANSWER }))
    const result = resultOf(answer, z.record(z.string(), z.unknown()))
    if (result === undefined) throw noAnswer('it has answered with something else')
    return result
  }

  async #take({ payload, reply }: RawMessage): Promise<void> {
    const question = questionSchema.safeParse(fromJson(payload)).data
    if (question === undefined) return
    this.#answering++
    try {
      this.#link.publish(reply, await this.#pack(this.#run(question)))
    } finally {
      this.#answering--
    }
  }

  #run(question: HubQuestion): Promise<unknown> {
    if (this.#answering <= MAX_ANSWERING) return this.#answer(question)
    return Promise.reject(
      new TocsinError('TCN_PROTOCOL_TOO_MANY', `the hub answers ${MAX_ANSWERING} other questions`),
    )
  }

  async #pack(work: Promise<unknown>): Promise<Uint8Array> {
    const text = toJson(await outcomeOf(work))
    const message = text.length > MAX_ANSWER ? undefined : await packed(text)
    if (message !== undefined && message.length <= this.#link.maxPayload - HEAD_BYTES) return message
    return packed(toJson(await outcomeOf(Promise.reject(tooLarge(text.length)))))
  }
}

function tooLarge(bytes: number): TocsinError {
  return new TocsinError('TCN_CLUSTER_ANSWER_TOO_LARGE', `its answer has ${bytes} bytes`)
}

function noAnswer(reason: string, cause?: unknown): TocsinError {
  return new TocsinError('TCN_CLUSTER_NO_ANSWER', reason, { cause })
}

function reasonOf(thrown: unknown): string {
  if (isUnheard(thrown)) return 'it has ended, or is of an earlier version'
  const isLate = NatsFault.is(thrown) && thrown.kind === 'unreachable'
  return isLate ? `no answer within ${ANSWER_MS / 1000} s` : messageOf(thrown)
}
