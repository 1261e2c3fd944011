import { TocsinError } from '../../errors/tocsin-error.js'
import type { Delivery } from '../../storage/nats/delivery.js'
import { headerBlock, headerLine } from '../../storage/nats/header-block.js'
import {
  ANSWER_MS,
  answerOf,
  type JetStreamApi,
  type StreamConfig,
} from '../../storage/nats/jetstream-api.js'
import type { NatsLink } from '../../storage/nats/link.js'
import { toNatsError } from '../../storage/nats/nats-error.js'
import { NatsFault, Refusal } from '../../storage/nats/nats-fault.js'
import { OtherLeader } from '../../storage/nats/other-leader.js'
import { persist } from '../../storage/nats/persist.js'
import type { RawMessage } from '../../storage/nats/raw-message.js'
import { keyValueConfig } from '../../storage/nats/stream-config.js'
import { StreamFeed } from '../../storage/nats/stream-feed.js'
import { OPERATION, type RecordHeader, readRecordHeader, WRITE, WRITTEN } from './bucket-index.js'
import { decodeKey, encodeKey } from './bucket-keys.js'

export interface BucketRecord extends RecordHeader {
  key: string
  revision: number
  value: Uint8Array
}

export interface BucketStreamOptions {
  link: NatsLink
  api: JetStreamApi
  stream: string
  /** Subject of the entries without the key. */
  subject: string
  replicas: number
  /** Time after which the server removes records that no hub has removed, ms. */
  maxAge: number | undefined
  /** Why nothing can be stored, if that is known. */
  obstacle?(): TocsinError | undefined
  /** Returns the revision of a key as far as records were received; undefined if it has none. */
  known(key: string): number | undefined
  received(record: BucketRecord): void
  /** Called every few seconds while the server answers. */
  compared(): void
  /** Called when the stream is another one: all records of the one before are gone. */
  replaced(): void
}

export function bucketConfig({
  stream,
  subject,
  replicas,
  maxAge,
}: Pick<BucketStreamOptions, 'stream' | 'subject' | 'replicas' | 'maxAge'>): StreamConfig {
  return keyValueConfig({ name: stream, subject: `${subject}.>`, replicas, maxAge: (maxAge ?? 0) * 1e6 })
}

/** The records of a bucket as a stream that keeps the newest message of each subject. */
export class BucketStream {
  readonly #options: BucketStreamOptions
  readonly #otherLeader: OtherLeader
  #feed: StreamFeed | undefined
  #awaited: { seq: number; resolve(): void }[] = []
  /** Records up to here are those of the start. */
  startedAt = 0
  #isClosed = false

  constructor(options: BucketStreamOptions) {
    this.#options = options
    const { api, link, stream } = options
    this.#otherLeader = new OtherLeader(api, link.runtime, stream)
  }

  /** Everything up to here was received. */
  get position(): number {
    return this.#feed?.position ?? 0
  }

  /** Creates the stream if there is none, and resolves when all its records are received. */
  async open(): Promise<void> {
    const { api, stream } = this.#options
    const info = await this.persist(() => api.ensure(bucketConfig(this.#options)))
    if (info.config.max_msgs_per_subject !== 1)
      throw new TocsinError('TCN_NATS_STREAM', `stream ${stream}: max_msgs_per_subject is not 1`)
    const { max_age } = bucketConfig(this.#options)
    if (info.config.max_age !== max_age) await this.persist(() => api.update({ ...info.config, max_age }))
    this.startedAt = info.state.last_seq
    this.#follow(info.created)
    await this.#feed?.caughtUp
  }

  /**
   * Resolves with the newest record of a key, as the leader of the stream has it. A server that has just become the leader
   * may not find by its subject what is there, so that it is looked for at the place where it was received as well. If it
   * is there, another server is to lead, which hubs that have not received the record need to find it.
   */
  newest(key: string): Promise<BucketRecord | undefined> {
    return this.persist(() => this.#newest(key))
  }

  async #newest(key: string): Promise<BucketRecord | undefined> {
    const { link, known } = this.#options
    for (let pause = FIRST_PAUSE_MS; ; pause *= 2) {
      const before = known(key)
      const found = await this.#read(key, { last_by_subj: this.#subjectOf(key) })
      if (found !== undefined) return found
      const seq = known(key)
      if (seq === undefined) return undefined
      const received = await this.#read(key, { seq })
      // A record that was not known before the first answer may be newer than that.
      if (received !== undefined && seq === before) this.#otherLeader.ask()
      if (received !== undefined || pause > MAX_PAUSE_MS) return received
      // A later record is about to be received, or the server has removed this one.
      await new Promise<void>((resolve) => void link.runtime.after(pause, resolve))
    }
  }

  /** Resolves when everything that the stream has now was received. */
  async catchUp(): Promise<void> {
    const { state } = await this.persist(() => this.#options.api.info(this.#options.stream))
    await this.#reached(state.last_seq)
  }

  /**
   * Writes a record, or marks a key as deleted. With `expected`, only if nothing was written to the bucket after that
   * position; resolves with undefined if something was. Otherwise resolves with its revision, once it was received.
   */
  async write(
    key: string,
    value: Uint8Array | undefined,
    written: number,
    expected?: number,
  ): Promise<number | undefined> {
    const { link } = this.#options
    const write = Buffer.from(link.runtime.random(12)).toString('hex')
    const lines = [
      value === undefined ? headerLine(OPERATION, 'DEL') : '',
      headerLine(WRITTEN, written) + headerLine(WRITE, write),
      expected === undefined ? '' : headerLine('Nats-Expected-Last-Sequence', expected),
    ]
    const header = headerBlock(lines.join(''))
    const payload = value ?? nothing
    this.#checkSize(header.length + payload.length)
    let isFirst = true
    const revision = await this.#persist(async () => {
      // An attempt without an answer may have been stored.
      const before = isFirst ? undefined : await this.#findAgain(key, write, expected)
      if (before !== undefined) return before
      isFirst = false
      const answer = await link.request(this.#subjectOf(key), payload, ANSWER_MS, header)
      return answerOf<{ seq: number }>(answer).seq
    }).catch((thrown) => {
      if (NatsFault.is(thrown, Refusal.wrongLastSequence)) return undefined
      throw thrown
    })
    if (revision !== undefined) await this.#reached(revision)
    return revision
  }

  /** Removes the mark of a deletion, which nothing has followed. */
  async forget(key: string, revision: number): Promise<void> {
    const { api, stream } = this.#options
    await api.purge(stream, { filter: this.#subjectOf(key), seq: revision + 1 })
  }

  close(): void {
    this.#isClosed = true
    this.#feed?.close()
    for (const { resolve } of this.#awaited.splice(0)) resolve()
  }

  /** Repeats a request until it is answered, or NATS has no room: servers without room may answer nothing at all. */
  persist<Result>(ask: () => Promise<Result>): Promise<Result> {
    return this.#persist(async () => {
      try {
        return await ask()
      } catch (thrown) {
        const isSilence = NatsFault.is(thrown) && thrown.kind === 'unreachable'
        throw (isSilence && this.#options.obstacle?.()) || thrown
      }
    })
  }

  /** Rejects with TCN_NATS_UNREACHABLE, or once the bucket is closed. */
  async #persist<Result>(ask: () => Promise<Result>): Promise<Result> {
    try {
      return await persist(this.#options.link, ask, { check: () => this.#checkOpen() })
    } catch (thrown) {
      const isSilence = NatsFault.is(thrown) && thrown.kind === 'unreachable'
      throw isSilence ? toNatsError(thrown) : thrown
    }
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new TocsinError('TCN_STATE_CLOSED')
  }

  #follow(created: string): void {
    const { link, api, stream, subject } = this.#options
    this.#feed?.close()
    this.#feed = new StreamFeed({
      link,
      api,
      stream,
      created,
      from: 1,
      newestOf: `${subject}.>`,
      received: (message, delivery) => this.#receive(message, delivery),
      compared: () => this.#options.compared(),
      replaced: () => this.#options.replaced(),
    })
    if (this.#isClosed) this.#feed.close()
  }

  #receive({ subject, header, payload }: RawMessage, { seq }: Delivery): void {
    const key = decodeKey(subject.slice(this.#options.subject.length + 1))
    const value = Uint8Array.prototype.slice.call(payload)
    this.#options.received({ key, revision: seq, value, ...readRecordHeader(header) })
    if (this.#awaited.length === 0) return
    this.#awaited = this.#awaited.filter(({ seq: awaited, resolve }) => {
      if (awaited <= seq) resolve()
      return awaited > seq
    })
  }

  #reached(seq: number): Promise<void> {
    if (seq <= this.position || this.#isClosed) return Promise.resolve()
    return new Promise((resolve) => this.#awaited.push({ seq, resolve }))
  }

  async #read(
    key: string,
    which: { seq: number } | { last_by_subj: string },
  ): Promise<BucketRecord | undefined> {
    const { api, stream } = this.#options
    const message = await api.message(stream, which)
    if (message?.subject !== this.#subjectOf(key)) return undefined
    return { key, revision: message.seq, value: message.payload, ...readRecordHeader(message.header) }
  }

  #subjectOf(key: string): string {
    return `${this.#options.subject}.${encodeKey(key)}`
  }

  /**
   * As `#find`, after an attempt without an answer. Rejects if nothing can be stored: a server that has room again may
   * store that attempt even now.
   */
  async #findAgain(key: string, write: string, expected: number | undefined): Promise<number | undefined> {
    const obstacle = this.#options.obstacle?.()
    const found = await this.#find(key, write, expected).catch((thrown): undefined => {
      if (obstacle === undefined) throw thrown
    })
    if (found === undefined && obstacle !== undefined)
      throw new TocsinError(obstacle.code, `${obstacle.message}; whether the write is stored is not known`)
    return found
  }

  /** Resolves with the revision of this very write, if it is stored. */
  async #find(key: string, write: string, expected: number | undefined): Promise<number | undefined> {
    const { api, stream } = this.#options
    if (expected === undefined) {
      const newest = await this.#newest(key)
      return newest?.write === write ? newest.revision : undefined
    }
    const message = await api.message(stream, { seq: expected + 1 })
    return message !== undefined && readRecordHeader(message.header).write === write ? message.seq : undefined
  }

  #checkSize(bytes: number): void {
    const { maxPayload } = this.#options.link
    if (bytes > maxPayload)
      throw new TocsinError(
        'TCN_NATS_PAYLOAD',
        `a value of ${bytes} bytes with its header; NATS takes ${maxPayload}`,
      )
  }
}

/** Pauses between looks for a record, ms. Each is twice the one before. */
const FIRST_PAUSE_MS = 50
const MAX_PAUSE_MS = 200
const nothing = new Uint8Array(0)
