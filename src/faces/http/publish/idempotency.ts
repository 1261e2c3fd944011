import { createHash, type Hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Principal } from '../../../bus/principal.js'
import { decode, encode, TocsinError } from '../../../event/index.js'
import { asFields, isObject } from '../../../event/json/object.js'
import type { Bucket } from '../../../state/index.js'
import { readable } from '../../../state/readable.js'
import type { Outcome } from './outcome.js'

/** Time that an answer is kept, ms: the same as for the counters of producers. */
export const ANSWERS_KEPT = 24 * 3600 * 1000

interface StoredAnswer {
  digest: string
  outcome: Outcome
}

/**
 * Requests with an `Idempotency-Key`. The events of such a request belong to a producer named after the key, so that
 * events that are already in the log are not stored again, wherever the first attempt ended. The outcome is kept once
 * all events are on disk, and is the answer to every repetition.
 */
export class RepeatedRequests {
  readonly #answers: StoredAnswers
  readonly #underWay = new Set<string>()

  constructor(answers: StoredAnswers) {
    this.#answers = answers
  }

  /** Returns undefined for a request without the header. Throws TCN_HTTP_HEADER and TCN_HTTP_REPEAT. */
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
      const kept = await this.#kept(key)
      return new RepeatableRequest(this.#answers, key, `http:${name}`, kept, () => this.#underWay.delete(key))
    } catch (error) {
      this.#underWay.delete(key)
      throw error
    }
  }

  /** If the stored answer cannot be read, the events that are in the log are still not stored again. */
  async #kept(key: string): Promise<StoredAnswer | undefined> {
    const entry = await this.#answers.get(key)
    try {
      return entry && decodeAnswer(entry)
    } catch (thrown) {
      this.#answers.reportDamage(key, thrown)
      return undefined
    }
  }
}

export class RepeatableRequest {
  /** The name under which the hub keeps the counter of the request's events. */
  readonly producer: string
  readonly #answers: StoredAnswers
  readonly #key: string
  readonly #kept: StoredAnswer | undefined
  readonly #ended: () => void
  readonly #hash: Hash = createHash('sha256')

  constructor(
    answers: StoredAnswers,
    key: string,
    producer: string,
    kept: StoredAnswer | undefined,
    ended: () => void,
  ) {
    this.#answers = answers
    this.#key = key
    this.producer = producer
    this.#kept = kept
    this.#ended = ended
  }

  /** True if the request was answered before. Its events are then not published again. */
  get isAnswered(): boolean {
    return this.#kept !== undefined
  }

  /** Adds a piece of the body to the digest. The whole body must be added. */
  add(bytes: Uint8Array | string): void {
    this.#hash.update(bytes)
  }

  /** Returns the answer that was given before. Throws TCN_HTTP_KEY_REUSED if that request had a different body. */
  answer(): Outcome {
    if (this.#kept?.digest !== this.#hash.digest('base64url')) {
      throw new TocsinError('TCN_HTTP_KEY_REUSED')
    }
    return this.#kept.outcome
  }

  /** Stores the answer. Must be called only when the events are stored as durably as the answer. */
  async keep(outcome: Outcome): Promise<void> {
    const kept: StoredAnswer = { digest: this.#hash.digest('base64url'), outcome }
    await this.#answers.put(this.#key, encode(kept))
  }

  end(): void {
    this.#ended()
  }
}

const KEY = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/

export interface AnswerLimits {
  /** Maximum number for one principal. */
  answers: number
  bytes: number
}

const DEFAULT_ANSWER_LIMITS: AnswerLimits = { answers: 10_000, bytes: 16 * 1024 * 1024 }

/** Sizes by key, oldest first. */
interface AnswerShelf {
  sizes: Map<string, number>
  bytes: number
}

/**
 * Answers kept for repeated requests, in the state store under `<principal>/<name>`. Each principal has its own
 * limits, above which its oldest answers are deleted, so that no principal fills the store or uses up the room of
 * another.
 */
export class StoredAnswers {
  readonly #bucket: Bucket
  readonly #limits: AnswerLimits
  readonly #shelves = new Map<string, AnswerShelf>()
  #opened: Promise<void> | undefined

  constructor(bucket: Bucket, limits = DEFAULT_ANSWER_LIMITS) {
    this.#bucket = bucket
    this.#limits = limits
  }

  /** A damaged answer counts as none. */
  async get(key: string): Promise<Uint8Array | undefined> {
    return (await readable(this.#bucket, key))?.value
  }

  reportDamage(key: string, why: unknown): void {
    this.#bucket.reportDamage(key, why)
  }

  async put(key: string, value: Uint8Array): Promise<void> {
    await this.#open()
    await this.#bucket.put(key, value)
    const shelf = this.#note(key, value.length)
    await Promise.all(this.#tooMany(shelf).map((old) => this.#bucket.delete(old)))
  }

  #open(): Promise<void> {
    this.#opened ??= this.#restore().catch((error) => {
      this.#opened = undefined
      throw error
    })
    return this.#opened
  }

  async #restore(): Promise<void> {
    this.#shelves.clear()
    const found: { key: string; size: number; revision: number }[] = []
    for await (const { key, value, revision } of this.#bucket.list()) {
      found.push({ key, size: value.length, revision })
    }
    found.sort((a, b) => a.revision - b.revision)
    for (const { key, size } of found) this.#note(key, size)
  }

  #note(key: string, size: number): AnswerShelf {
    const principal = key.slice(0, key.lastIndexOf('/'))
    const shelf = this.#shelves.get(principal) ?? { sizes: new Map(), bytes: 0 }
    this.#shelves.set(principal, shelf)
    shelf.bytes += size - (shelf.sizes.get(key) ?? 0)
    shelf.sizes.delete(key)
    shelf.sizes.set(key, size)
    return shelf
  }

  /**
   * Removes the oldest answers until the rest is within the limits, and returns their keys. Expired answers are
   * removed in the same way.
   */
  #tooMany(shelf: AnswerShelf): string[] {
    const old: string[] = []
    for (const [key, size] of shelf.sizes) {
      if (shelf.sizes.size <= this.#limits.answers && shelf.bytes <= this.#limits.bytes) break
      shelf.sizes.delete(key)
      shelf.bytes -= size
      old.push(key)
    }
    return old
  }
}

function decodeAnswer(value: Uint8Array): StoredAnswer {
  const { digest, outcome } = asFields(decode(value))
  const { count, accepted, unlisted, runs, refused } = (outcome ?? {}) as Partial<Outcome>
  const isWhole =
    typeof digest === 'string' &&
    [count, accepted, unlisted].every(Number.isSafeInteger) &&
    [runs, refused].every((list) => Array.isArray(list) && list.every(isObject))
  if (!isWhole) throw new Error('the record of an answer has other fields')
  return { digest, outcome: outcome as Outcome }
}
