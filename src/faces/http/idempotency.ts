import { createHash, type Hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Principal } from '../../bus/principal.js'
import { decode, encode, TocsinError } from '../../event/index.js'
import type { KeptAnswers } from './kept-answers.js'
import type { Outcome } from './outcome.js'

/** How long an answer is kept, ms: as long as the counters of producers. */
export const ANSWERS_KEPT = 24 * 3600 * 1000

interface Kept {
  digest: string
  outcome: Outcome
}

/**
 * Requests with an `Idempotency-Key`. The events of such a request are those of a producer named after the key,
 * so that those which the log has are not stored again, wherever the first attempt ended. What became of each is
 * kept when all of them are on the disk, and is the answer to every repeat.
 */
export class RepeatedRequests {
  readonly #answers: KeptAnswers
  readonly #underWay = new Set<string>()

  constructor(answers: KeptAnswers) {
    this.#answers = answers
  }

  /** Undefined for a request without the header. Throws TCN_HTTP_HEADER and TCN_HTTP_REPEAT. */
  async begin(principal: Principal, request: IncomingMessage): Promise<RepeatableRequest | undefined> {
    const given = request.headers['idempotency-key']
    if (given === undefined) return undefined
    if (typeof given !== 'string' || !KEY.test(given)) {
      throw new TocsinError('TCN_HTTP_HEADER', 'Idempotency-Key: 1 to 255 printable characters', {
        details: { header: 'idempotency-key' },
      })
    }
    const name = createHash('sha256').update(given).digest('base64url')
    const key = `${principal.name}/${name}`
    if (this.#underWay.has(key))
      throw new TocsinError('TCN_HTTP_REPEAT', 'a request with this Idempotency-Key is under way')
    this.#underWay.add(key)
    try {
      const entry = await this.#answers.get(key)
      const kept = entry === undefined ? undefined : (decode(entry) as Kept)
      return new RepeatableRequest(this.#answers, key, `http:${name}`, kept, () => this.#underWay.delete(key))
    } catch (error) {
      this.#underWay.delete(key)
      throw error
    }
  }
}

export class RepeatableRequest {
  /** Under which the hub remembers how far its events have come. */
  readonly producer: string
  readonly #answers: KeptAnswers
  readonly #key: string
  readonly #kept: Kept | undefined
  readonly #ended: () => void
  readonly #hash: Hash = createHash('sha256')

  constructor(
    answers: KeptAnswers,
    key: string,
    producer: string,
    kept: Kept | undefined,
    ended: () => void,
  ) {
    this.#answers = answers
    this.#key = key
    this.producer = producer
    this.#kept = kept
    this.#ended = ended
  }

  /** It was answered before: its events are not looked at again. */
  get isAnswered(): boolean {
    return this.#kept !== undefined
  }

  /** All of the body goes through here. */
  add(bytes: Uint8Array | string): void {
    this.#hash.update(bytes)
  }

  /** The answer given before. Throws TCN_HTTP_REPEAT when that was to other events. */
  answer(): Outcome {
    if (this.#kept?.digest !== this.#hash.digest('base64url')) {
      throw new TocsinError('TCN_HTTP_REPEAT', 'this Idempotency-Key was used for other events')
    }
    return this.#kept.outcome
  }

  /** Called when all of its events are as safe as this. */
  async keep(outcome: Outcome): Promise<void> {
    const kept: Kept = { digest: this.#hash.digest('base64url'), outcome }
    await this.#answers.put(this.#key, encode(kept))
  }

  end(): void {
    this.#ended()
  }
}

const KEY = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/
