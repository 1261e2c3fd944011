import { retryPause } from '../../event/retry-pause.js'
import type { Cancel, Runtime } from '../../event/runtime.js'
import { type Delivery, parseDelivery } from './delivery.js'
import { eachHeader, statusOf } from './header-block.js'
import type { ConsumerConfig, JetStreamApi, StreamInfo } from './jetstream-api.js'
import type { NatsLink } from './link.js'
import { NatsFault, Refusal } from './nats-fault.js'
import type { RawMessage } from './raw-message.js'

const HEARTBEAT_NS = 500e6
/**
 * Time without a message or heartbeat after which the consumer is made again, ms. It grows while nothing comes from
 * consumers that were just made: more of them would make busy servers slower.
 */
const SILENCE = { first: 1500, longest: 12_000 }
const WATCH_MS = 250
/** Interval at which the position is compared with the end of the stream, ms. */
const COMPARE_MS = 2000

export interface FeedOptions {
  link: NatsLink
  api: JetStreamApi
  stream: string
  /** `created` of the stream that is meant. */
  created: string
  /** The first place to be delivered. */
  from: number
  /** Covers all subjects, if it is to begin with the newest message of each one instead of all messages. */
  newestOf?: string
  /** Called with each message once, in the order of the stream. */
  received(message: RawMessage, delivery: Delivery): void
  /**
   * Called with the state of the stream, every few seconds and before the consumer is made. `delivered`: the last place
   * that was delivered before the stream was asked.
   */
  compared?(info: StreamInfo, delivered: number): void
  /** Called once if the stream is another one, or is gone; the feed has ended. */
  replaced(): void
}

/**
 * Delivers a stream as it grows, through a push consumer that is made anew after the last message whenever it skips one,
 * is silent, or does not get on. Recovers with the stream itself, where the library's ordered consumer takes longer.
 *
 * The consumer may lie on a server that is behind. Such a server begins with what it stores next, even if that is before
 * the place asked for, and says that nothing is left when it has no more itself.
 */
export class StreamFeed {
  /** Everything up to here was delivered. */
  position: number
  /** Resolves when everything is delivered that the stream had at the start. Rejects if the server refuses to. */
  readonly caughtUp: Promise<void>
  readonly #options: FeedOptions
  readonly #runtime: Runtime
  #markCaughtUp: () => void = () => undefined
  #markRefused: (error: unknown) => void = () => undefined
  #nth = 0
  #heard = 0
  /** Consumers that were made since something came from one. */
  #unheard = 0
  #compared = 0
  #lastPosition = -1
  /** The last place of the stream at the start. */
  #lastAtStart = Number.POSITIVE_INFINITY
  #isCaughtUp = false
  #isLooking = false
  #consumer = ''
  #unsubscribe: Cancel = () => undefined
  #cancelWatch: Cancel = () => undefined
  #isMaking = false
  #isClosed = false

  constructor(options: FeedOptions) {
    this.#options = options
    this.#runtime = options.link.runtime
    this.position = options.from - 1
    this.caughtUp = new Promise((resolve, reject) => {
      this.#markCaughtUp = () => {
        this.#isCaughtUp = true
        resolve()
      }
      this.#markRefused = reject
    })
    this.caughtUp.catch(() => undefined)
    void this.#make()
    this.#watch()
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#cancelWatch()
    this.#drop()
    this.#markCaughtUp()
  }

  #watch(): void {
    this.#cancelWatch = this.#runtime.after(WATCH_MS, () => {
      const now = this.#runtime.monotonic()
      if (now - this.#heard > retryPause(this.#unheard, SILENCE)) void this.#make()
      if (now - this.#compared > COMPARE_MS) void this.#compare(now)
      this.#watch()
    })
  }

  /** Makes the consumer anew. Does nothing while one is being made. */
  async #make(): Promise<void> {
    if (this.#isMaking || this.#isClosed) return
    this.#isMaking = true
    this.#heard = this.#runtime.monotonic()
    try {
      this.#drop()
      const { state } = await this.#confirm()
      // The last messages may be gone, which is sure only if nothing is left: another server may be behind.
      if (state.messages === 0) this.position = Math.max(this.position, state.last_seq)
      this.#lastAtStart = Math.min(this.#lastAtStart, state.last_seq)
      if (!this.#isClosed) await this.#create()
    } catch (thrown) {
      if (isGone(thrown)) this.#end()
      // It is tried again after the usual silence; a later refusal is one of a server that is not ready.
      else if (NatsFault.is(thrown) && thrown.kind === 'refused') this.#markRefused(thrown)
    } finally {
      this.#isMaking = false
    }
  }

  async #create(): Promise<void> {
    const { api, link, stream } = this.#options
    const inbox = link.inbox()
    this.#nth = 0
    this.#unheard++
    this.#unsubscribe = link.subscribe(inbox, (message) => this.#receive(message))
    const consumer = await api.consumer(stream, { ...this.#start(), ...pushTo(inbox) })
    this.#consumer = consumer.name
    if (this.#isClosed) this.#drop()
    this.#heard = this.#runtime.monotonic()
    if (consumer.num_pending === 0 && this.#nth === 0) this.#drained()
  }

  #start(): Pick<ConsumerConfig, 'deliver_policy' | 'opt_start_seq' | 'filter_subject'> {
    const { newestOf } = this.#options
    if (newestOf !== undefined && this.position === 0)
      return { deliver_policy: 'last_per_subject', filter_subject: newestOf }
    return { deliver_policy: 'by_start_sequence', opt_start_seq: this.position + 1 }
  }

  #receive(message: RawMessage): void {
    const delivery = parseDelivery(message)
    if (delivery === undefined) {
      this.#control(message)
      return
    }
    if (delivery.nth !== this.#nth + 1) {
      void this.#make()
      return
    }
    this.#nth = delivery.nth
    this.#hear()
    if (delivery.seq > this.position) {
      this.position = delivery.seq
      this.#options.received(message, delivery)
    }
    if (delivery.pending === 0 && !this.#isCaughtUp) this.#drained()
  }

  #hear(): void {
    this.#heard = this.#runtime.monotonic()
    this.#unheard = 0
  }

  /** The consumer has nothing left. */
  #drained(): void {
    if (this.position >= this.#lastAtStart) this.#markCaughtUp()
    else if (!this.#isLooking) void this.#checkRest()
  }

  /**
   * Messages that are missing may have been removed. If the server is behind, the comparison with the stream finds
   * out.
   */
  async #checkRest(): Promise<void> {
    this.#isLooking = true
    await this.#lookAhead().catch(() => undefined)
    this.#isLooking = false
  }

  /** Resolves with whether the stream has a message after the last one, as its leader knows: it may have been removed. */
  async #lookAhead(): Promise<boolean> {
    const { api, stream } = this.#options
    const from = this.position + 1
    const next = await api.message(stream, { seq: from, next_by_subj: '>' })
    if (next === undefined && this.position < from) this.#markCaughtUp()
    return next !== undefined && this.position < next.seq
  }

  /** Answers requests of the flow control, and looks for messages that heartbeats count and nobody received. */
  #control({ header, reply }: RawMessage): void {
    if (statusOf(header) !== STATUS_CONTROL) return
    this.#hear()
    if (reply !== '') this.#options.link.publish(reply, nothing)
    eachHeader(header, (name, value) => {
      if (name === 'Nats-Consumer-Stalled') this.#options.link.publish(value, nothing)
      if (name === 'Nats-Last-Consumer' && Number(value) !== this.#nth) void this.#make()
    })
  }

  /** A consumer on a server that is behind has sound heartbeats and brings nothing. */
  async #compare(now: number): Promise<void> {
    this.#compared = now
    try {
      const info = await this.#confirm()
      if (this.#isClosed) return
      const isStill = this.position === this.#lastPosition
      this.#lastPosition = this.position
      if (info.state.last_seq > this.position && isStill && (await this.#lookAhead())) void this.#make()
    } catch (thrown) {
      if (isGone(thrown)) this.#end()
    }
  }

  async #confirm(): Promise<StreamInfo> {
    const { api, stream, created, compared } = this.#options
    const delivered = this.position
    const info = await api.info(stream)
    if (info.created !== created)
      throw new NatsFault('refused', 'another stream', { number: Refusal.noStream })
    if (!this.#isClosed) compared?.(info, delivered)
    return info
  }

  #end(): void {
    if (this.#isClosed) return
    this.close()
    this.#options.replaced()
  }

  #drop(): void {
    this.#unsubscribe()
    this.#unsubscribe = () => undefined
    if (this.#consumer !== '') this.#options.api.forget(this.#options.stream, this.#consumer)
    this.#consumer = ''
  }
}

function pushTo(inbox: string): Pick<ConsumerConfig, 'deliver_subject' | 'flow_control' | 'idle_heartbeat'> {
  return { deliver_subject: inbox, flow_control: true, idle_heartbeat: HEARTBEAT_NS }
}

function isGone(thrown: unknown): boolean {
  return NatsFault.is(thrown, Refusal.noStream)
}

const STATUS_CONTROL = 100
const nothing = Buffer.alloc(0)
