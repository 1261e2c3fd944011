import { type Delivery, parseDelivery } from './delivery.js'
import { statusOf } from './header-block.js'
import { ANSWER_MS, type ConsumerConfig, type JetStreamApi } from './jetstream-api.js'
import type { NatsLink } from './link.js'
import { NatsFault } from './nats-fault.js'
import { persist } from './persist.js'
import type { RawMessage } from './raw-message.js'

/** Called with each message once, in the order of the stream. */
export type Received = (message: RawMessage, delivery: Delivery) => void

export interface PullOptions {
  /** RFC 3339. What begins at place 0 leaves out the messages that were stored before. */
  since?: string
  headersOnly?: boolean
}

type Outcome = 'full' | 'end' | 'broken'

/**
 * Reads a stream from a place on, some messages at a time, through a consumer that is made anew when it is silent. The
 * consumer may lie on a server that is behind: such a server begins with what it stores next, and ends too early.
 */
export class StreamPull {
  readonly #link: NatsLink
  readonly #api: JetStreamApi
  readonly #stream: string
  readonly #options: PullOptions
  #consumer = ''
  #next = 0
  #nth = 0
  #isClosed = false

  constructor(link: NatsLink, api: JetStreamApi, stream: string, options: PullOptions = {}) {
    this.#link = link
    this.#api = api
    this.#stream = stream
    this.#options = options
  }

  /**
   * Hands over up to `count` messages from place `from` on. Resolves with the place after the last one; infinite if
   * there are no more. `stored`: the last place that is known to have a message. A server that has nothing there yet is
   * asked again. Rejects with a NatsFault.
   */
  async read(from: number, count: number, stored: number, received: Received): Promise<number> {
    let next = from
    let left = count
    const attempt = async () => {
      try {
        if (this.#consumer === '' || next !== this.#next) await this.#make(next)
        const outcome = await this.#pull(left, (message, delivery) => {
          next = delivery.seq + 1
          left--
          received(message, delivery)
        })
        if (outcome === 'broken') throw new NatsFault('unreachable', 'messages are missing')
        if (outcome === 'full' || (left === 0 && next <= stored)) return next
        if (next <= stored) await this.#checkEnd(next, stored)
        return Number.POSITIVE_INFINITY
      } catch (thrown) {
        this.#forget()
        throw thrown
      }
    }
    return await persist(this.#link, attempt, { progress: () => next })
  }

  close(): void {
    this.#isClosed = true
    this.#forget()
  }

  #forget(): void {
    if (this.#consumer !== '') this.#api.forget(this.#stream, this.#consumer)
    this.#consumer = ''
  }

  async #make(from: number): Promise<void> {
    this.#forget()
    const { since, headersOnly } = this.#options
    const isByTime = since !== undefined && from === 0
    const start: ConsumerConfig = isByTime
      ? { deliver_policy: 'by_start_time', opt_start_time: since }
      : { deliver_policy: 'by_start_sequence', opt_start_seq: Math.max(1, from) }
    const { name } = await this.#api.consumer(this.#stream, { ...start, headers_only: headersOnly })
    this.#consumer = name
    this.#next = from
    this.#nth = 0
  }

  #pull(count: number, received: Received): Promise<Outcome> {
    return new Promise((resolve) => {
      const { runtime } = this.#link
      const inbox = this.#link.inbox()
      let left = count
      let heard = runtime.monotonic()
      const end = (outcome: Outcome) => {
        cancel()
        unsubscribe()
        resolve(outcome)
      }
      const watch = () => {
        const silent = runtime.monotonic() - heard
        if (silent >= ANSWER_MS) end('broken')
        else cancel = runtime.after(ANSWER_MS - silent, watch)
      }
      let cancel = runtime.after(ANSWER_MS, watch)
      const unsubscribe = this.#link.subscribe(inbox, (message) => {
        heard = runtime.monotonic()
        const delivery = parseDelivery(message)
        if (delivery === undefined) return end(NO_MORE.has(statusOf(message.header)) ? 'end' : 'broken')
        if (delivery.nth !== ++this.#nth || delivery.seq < this.#next) return end('broken')
        this.#next = delivery.seq + 1
        received(message, delivery)
        if (--left === 0) end(delivery.pending === 0 ? 'end' : 'full')
        else if (delivery.pending === 0) end('end')
      })
      this.#api.pull(this.#stream, this.#consumer, count, inbox)
    })
  }

  /** The leader of the stream knows whether what is missing was removed. */
  async #checkEnd(next: number, stored: number): Promise<void> {
    const { state } = await this.#api.info(this.#stream)
    if (this.#isClosed || state.messages === 0 || state.first_seq > stored) return
    throw new NatsFault('unreachable', `the server has nothing after @${next - 1} yet`)
  }
}

/** No messages, and fewer than were asked for. */
const NO_MORE = new Set([404, 408])
