import { TocsinError } from '../errors/tocsin-error.js'
import { asFields } from '../event/json/object.js'
import { headerBlock, headerLine } from '../storage/nats/header-block.js'
import {
  ANSWER_MS,
  answerOf,
  JetStreamApi,
  type StreamConfig,
  type StreamInfo,
} from '../storage/nats/jetstream-api.js'
import type { NatsLink } from '../storage/nats/link.js'
import { NatsFault } from '../storage/nats/nats-fault.js'
import { OtherLeader } from '../storage/nats/other-leader.js'
import { keyValueConfig } from '../storage/nats/stream-config.js'

/** The record of the holder of the lease about itself. */
export interface LeaseRecord {
  /** Different for each start of a hub. */
  id: string
  name: string
  /** Where clients reach the hub. */
  address?: string
  /** The term that it leads; 0 while it has not begun. */
  term: number
}

export interface Lease {
  /** Time after which a record that is not written again is gone, ms. */
  ttl: number
  /** The last write of anybody. */
  revision: number
  /** Undefined if nobody holds the lease. */
  record: LeaseRecord | undefined
  /** All servers that keep the record hear each other, so that NATS knows which hubs are connected to any of them. */
  isWhole: boolean
}

/** The record of which hub may be the primary. Every call rejects if it was refused, or if nobody answered. */
export interface LeaseBucket {
  read(): Promise<Lease>
  /** Writes if nobody has written after `revision`, and resolves with the new one. */
  write(record: LeaseRecord, revision: number): Promise<number>
  /** Removes the record, unless somebody has written it after `revision`. */
  remove(revision: number): Promise<void>
}

export interface LeaseBucketOptions {
  prefix: string
  replicas: number
  /** Time to live for a bucket that nobody uses, ms. */
  ttl: number
}

export function leaseBucketConfig({ prefix, replicas, ttl }: LeaseBucketOptions): StreamConfig {
  return keyValueConfig({
    name: `KV_${prefix}_primary`,
    subject: `$KV.${prefix}_primary.lease`,
    replicas,
    maxAge: ttl * NS,
    duplicateWindow: Math.min(ttl * NS, 120e9),
  })
}

/**
 * A bucket of NATS with one key and a time to live. Writes name the last position of its stream, since servers before
 * 2.10 accept two that name the last one of the same key.
 */
export class NatsLeaseBucket implements LeaseBucket {
  readonly #link: NatsLink
  readonly #api: JetStreamApi
  readonly #config: StreamConfig
  readonly #subject: string
  readonly #otherLeader: OtherLeader

  constructor(link: NatsLink, options: LeaseBucketOptions) {
    this.#link = link
    this.#api = new JetStreamApi(link)
    this.#config = leaseBucketConfig(options)
    this.#subject = this.#config.subjects[0]
    this.#otherLeader = new OtherLeader(this.#api, link.runtime, this.#config.name)
  }

  /**
   * The record is looked for at the last place of the stream: by its subject, a server that has just become the leader may
   * not find what is there. One that does not find it by its place either is asked to let another one lead.
   */
  async read(): Promise<Lease> {
    let pause = FIRST_PAUSE_MS
    for (let tries = 1; ; tries++) {
      const { config, state, cluster } = await this.#stream()
      const { last_seq: revision, messages } = state
      const lease = { ttl: config.max_age / NS, revision, isWhole: isWhole(cluster) }
      if (messages === 0) return { ...lease, record: undefined }
      const message = await this.#api.message(config.name, { seq: revision })
      if (message !== undefined) return { ...lease, record: recordOf(message.payload) }
      // Between the two answers somebody may have written, or the record has expired.
      if (tries === TRIES) {
        this.#otherLeader.ask()
        throw unreadable(config.name, revision, cluster?.leader)
      }
      await new Promise<void>((resolve) => void this.#link.runtime.after(pause, resolve))
      pause *= 2
    }
  }

  /** All hubs must agree on the time to live, so that of the bucket counts. It is changed while nobody holds the lease. */
  async #stream(): Promise<StreamInfo> {
    const { name, max_age, duplicate_window } = this.#config
    let info = await this.#api.ensure(this.#config)
    if (info.config.max_age !== max_age && info.state.messages === 0)
      info = await this.#api.update({ ...info.config, max_age, duplicate_window })
    if (info.config.max_msgs_per_subject !== 1 || info.config.max_age < MIN_TTL_MS * NS)
      throw new TocsinError('TCN_NATS_STREAM', `stream ${name}: it has no time to live of 5 s or more`)
    return info
  }

  async write(record: LeaseRecord, revision: number): Promise<number> {
    const header = headerBlock(headerLine('Nats-Expected-Last-Sequence', revision))
    const payload = Buffer.from(JSON.stringify(record))
    const answer = await this.#link.request(this.#subject, payload, ANSWER_MS, header)
    return answerOf<{ seq: number }>(answer).seq
  }

  async remove(revision: number): Promise<void> {
    await this.#api.purge(this.#config.name, { filter: this.#subject, seq: revision + 1 })
  }
}

/** Another program's record counts as that of somebody unknown. */
export function recordOf(payload: Uint8Array): LeaseRecord {
  try {
    const { id, name, address, term } = asFields(JSON.parse(Buffer.from(payload).toString()))
    if (
      typeof id === 'string' &&
      typeof name === 'string' &&
      typeof term === 'number' &&
      Number.isSafeInteger(term)
    )
      return { id, name, ...(typeof address === 'string' && { address }), term }
  } catch {
    // It is not JSON.
  }
  return { id: '', name: '?', term: 0 }
}

/** A server of a cluster that keeps the record alone does not know whether it hears the others. */
function isWhole(cluster: StreamInfo['cluster']): boolean {
  if (cluster === undefined) return true
  const { replicas = [] } = cluster
  return replicas.length > 0 && replicas.every(({ offline = false }) => !offline)
}

function unreadable(stream: string, revision: number, leader = 'the server'): NatsFault {
  return new NatsFault('unreachable', `${leader} does not find record @${revision} of stream ${stream}`)
}

const NS = 1e6
/** Looks for a record, and the pause after the first, ms. It doubles with each. */
const TRIES = 4
const FIRST_PAUSE_MS = 50
const MIN_TTL_MS = 5000
