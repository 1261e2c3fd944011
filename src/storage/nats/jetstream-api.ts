import { parseTime } from '../../event/position.js'
import { isFinal } from './api-errors.js'
import { firstAnswer } from './first-answer.js'
import { statusOf } from './header-block.js'
import type { NatsLink } from './link.js'
import { NatsFault, Refusal } from './nats-fault.js'
import type { RawMessage } from './raw-message.js'

/** Time for an answer of the server that leads a stream, ms. */
export const ANSWER_MS = 1500

/** Configuration of a stream. Durations are in ns. A server drops what it does not know. */
export interface StreamConfig {
  name: string
  subjects: string[]
  description?: string
  retention: 'limits'
  storage: 'file' | 'memory'
  discard: 'old'
  num_replicas: number
  max_age: number
  max_bytes: number
  max_msgs: number
  max_msgs_per_subject: number
  duplicate_window?: number
}

export interface StreamState {
  messages: number
  bytes: number
  first_seq: number
  last_seq: number
  /** With `subjects_filter`: the number of messages of each subject that it covers. */
  subjects?: Record<string, number>
}

export interface StreamInfo {
  config: StreamConfig
  /** Time of creation with all digits: another one is another stream, even under the same name. */
  created: string
  /** The clock of the server that has answered; absent before 2.10. */
  ts?: string
  state: StreamState
  /** Absent from a server that belongs to no cluster. */
  cluster?: { leader?: string; replicas?: StreamReplica[] }
}

/** Those of an account, or of its streams with one number of replicas. Less than 0: no limit. */
export interface AccountUse {
  streams: number
  limits: { max_memory: number; max_streams: number; max_consumers: number }
}

export interface AccountInfo extends AccountUse {
  /** By the number of replicas, as R3, if the account has limits for each number. */
  tiers?: Record<string, AccountUse>
}

/** µs by the clock of the server; undefined if it does not say it. */
export function answeredAt({ ts = '' }: StreamInfo): number | undefined {
  return parseTime(ts)
}

/** A server that stores a stream, other than the one that leads it. */
export interface StreamReplica {
  name: string
  current: boolean
  offline?: boolean
  /** Time since it was heard of, ns. */
  active: number
  /** Operations that it has to make up for. */
  lag?: number
}

export interface ConsumerConfig {
  deliver_policy: 'by_start_sequence' | 'by_start_time' | 'last_per_subject'
  opt_start_seq?: number
  opt_start_time?: string
  deliver_subject?: string
  flow_control?: boolean
  /** ns */
  idle_heartbeat?: number
  filter_subject?: string
  headers_only?: boolean
}

export interface ConsumerInfo {
  name: string
  num_pending: number
  /** The server on which it lies; absent from a server that belongs to no cluster. */
  cluster?: { leader?: string }
}

export interface StoredMessage {
  seq: number
  /** Time of storing, µs since the Unix epoch. */
  time: number
  header: string
  payload: Buffer
  subject: string
}

/** The requests of JetStream that a hub needs, each answered by the server that leads the stream. */
export class JetStreamApi {
  readonly #link: NatsLink

  constructor(link: NatsLink) {
    this.#link = link
  }

  info(stream: string, filter?: string): Promise<StreamInfo> {
    return this.#ask(`STREAM.INFO.${stream}`, filter === undefined ? undefined : { subjects_filter: filter })
  }

  create(config: StreamConfig): Promise<StreamInfo> {
    return this.#ask(`STREAM.CREATE.${config.name}`, config)
  }

  /** Resolves with undefined if there is no such stream. */
  async find(stream: string): Promise<StreamInfo | undefined> {
    try {
      return await this.info(stream)
    } catch (thrown) {
      if (NatsFault.is(thrown, Refusal.noStream)) return undefined
      throw thrown
    }
  }

  /** Creates the stream if there is none with this name. The settings of one that exists may be others. */
  async ensure(config: StreamConfig): Promise<StreamInfo> {
    const found = await this.find(config.name)
    if (found !== undefined) return found
    try {
      return await this.create(config)
    } catch (thrown) {
      if (!NatsFault.is(thrown, Refusal.streamExists)) throw thrown
      // A server that has just started did not know the stream yet, or another hub has created it meanwhile.
      const created = await this.find(config.name)
      if (created === undefined) throw new NatsFault('unreachable', thrown.message, { cause: thrown })
      return created
    }
  }

  update(config: StreamConfig): Promise<StreamInfo> {
    return this.#ask(`STREAM.UPDATE.${config.name}`, config)
  }

  /** The limits of the account of the hub, and its streams. */
  account(): Promise<AccountInfo> {
    return this.#ask('INFO')
  }

  /** The streams of the account, by name, of which a server lists a thousand. */
  async names(): Promise<string[]> {
    const { streams } = await this.#ask<{ streams: string[] | null }>('STREAM.NAMES')
    return streams ?? []
  }

  /** Asks the server that leads a stream to let another one lead. */
  async leaveLead(stream: string): Promise<void> {
    await this.#ask(`STREAM.LEADER.STEPDOWN.${stream}`)
  }

  async remove(stream: string): Promise<void> {
    await this.#ask(`STREAM.DELETE.${stream}`)
  }

  /** Removes the messages before `seq`, or all but the last `keep` with the subject. */
  async purge(stream: string, what: { seq?: number; keep?: number; filter?: string }): Promise<void> {
    await this.#ask(`STREAM.PURGE.${stream}`, what)
  }

  /** Removes one message. Its place stays empty. */
  async removeMessage(stream: string, seq: number): Promise<void> {
    await this.#ask(`STREAM.MSG.DELETE.${stream}`, { seq, no_erase: true })
  }

  /**
   * Resolves with undefined if there is no such message. `next_by_subj`: the first one from `seq` on with a subject that
   * this covers.
   */
  async message(
    stream: string,
    which: { seq: number; next_by_subj?: string } | { last_by_subj: string },
  ): Promise<StoredMessage | undefined> {
    try {
      const { message } = await this.#ask<{ message: Encoded }>(`STREAM.MSG.GET.${stream}`, which)
      return {
        seq: message.seq,
        time: parseTime(message.time) ?? Number.NaN,
        subject: message.subject,
        header: Buffer.from(message.hdrs ?? '', 'base64').toString('latin1'),
        payload: Buffer.from(message.data ?? '', 'base64'),
      }
    } catch (thrown) {
      if (NatsFault.is(thrown, Refusal.noMessage)) return undefined
      throw thrown
    }
  }

  /**
   * Creates a consumer that the server removes when it is not used for half a minute. It has a name, so that requests
   * that are repeated make one.
   */
  async consumer(stream: string, config: ConsumerConfig): Promise<ConsumerInfo> {
    const name = `tocsin-${Buffer.from(this.#link.runtime.random(12)).toString('hex')}`
    const fixed = {
      name,
      ack_policy: 'none',
      mem_storage: true,
      num_replicas: 1,
      max_deliver: -1,
      inactive_threshold: 30e9,
    }
    const filter = config.filter_subject === undefined ? '' : `.${config.filter_subject}`
    const subject = `$JS.API.CONSUMER.CREATE.${stream}.${name}${filter}`
    const request = { stream_name: stream, config: { ...fixed, ...config } }
    try {
      return answerOf(await firstAnswer(this.#link, subject, Buffer.from(JSON.stringify(request))))
    } catch (thrown) {
      // It may be created all the same, and the answer comes too late.
      this.forget(stream, name)
      throw thrown
    }
  }

  /** Does not wait for the answer: a consumer that stays is removed by the server. */
  forget(stream: string, consumer: string): void {
    this.#link.publish(`$JS.API.CONSUMER.DELETE.${stream}.${consumer}`, nothing)
  }

  /** Asks a consumer for this many messages, or those that there are. They go to `reply`. */
  pull(stream: string, consumer: string, batch: number, reply: string): void {
    const body = Buffer.from(JSON.stringify({ batch, no_wait: true }))
    this.#link.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, body, reply)
  }

  async #ask<Answer>(what: string, body?: object): Promise<Answer> {
    const payload = body === undefined ? nothing : Buffer.from(JSON.stringify(body))
    return answerOf(await this.#link.request(`$JS.API.${what}`, payload, ANSWER_MS))
  }
}

/** Returns the answer, or throws what it says instead of one. */
export function answerOf<Answer>({ header, payload }: RawMessage): Answer {
  const status = header === '' ? 0 : statusOf(header)
  if (status !== 0) throw new NatsFault('unreachable', `status ${status}`)
  const answer = JSON.parse(Buffer.from(payload).toString()) as Answer & { error?: Refused }
  const { error } = answer
  if (error === undefined) return answer
  const number = error.err_code ?? 0
  const kind = isFinal(number, error.code) ? 'refused' : 'unreachable'
  throw new NatsFault(kind, error.description ?? `error ${number}`, { number })
}

interface Refused {
  code: number
  err_code?: number
  description?: string
}

interface Encoded {
  seq: number
  time: string
  subject: string
  hdrs?: string
  data?: string
}

const nothing = Buffer.alloc(0)
