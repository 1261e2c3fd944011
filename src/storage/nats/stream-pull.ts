import { type Delivery, parseDelivery } from './delivery.js'
import { statusOf } from './header-block.js'
import { ANSWER_MS, type ConsumerConfig, type JetStreamApi } from './jetstream-api.js'
import type { NatsLink } from './link.js'
import { NatsFault } from './nats-fault.js'
import { persist } from './persist.js'
import type { RawMessage } from './raw-message.js'

/** Called with each message, in the order of the stream. */
export type Received = (message: RawMessage, delivery: Delivery) => void

/** Reads a stream from a place on, some messages at a time, through a consumer that is made anew when it is silent. */
export class StreamPull {
  readonly #link: NatsLink
  readonly #api: JetStreamApi
  readonly #stream: string
  readonly #config: Partial<ConsumerConfig>
  #consumer = ''
  #next = 0
  #nth = 0

  constructor(link: NatsLink, api: JetStreamApi, stream: string, config: Partial<ConsumerConfig> = {}) {
    this.#link = link
    this.#api = api
    this.#stream = stream
    this.#config = config
  }

  /**
   * Hands over up to `count` messages from place `from` on. Resolves with the place after the last one; infinite if
   * there are no more. Rejects with a NatsFault.
   */
  async read(from: number, count: number, received: Received): Promise<number> {
    let next = from
    let left = count
    const attempt = async () => {
      try {
        if (this.#consumer === '' || next !== this.#next) await this.#make(next)
        const result = await this.#pull(left, (message, delivery) => {
          next = delivery.seq + 1
          left--
          received(message, delivery)
        })
        if (result === 'broken') throw new NatsFault('unreachable', 'messages are missing')
        return result === 'end' ? Number.POSITIVE_INFINITY : next
      } catch (thrown) {
        this.close()
        throw thrown
      }
    }
    return await persist(this.#link, attempt, { progress: () => next })
  }

  close(): void {
    if (this.#consumer !== '') this.#api.forget(this.#stream, this.#consumer)
    this.#consumer = ''
  }

  async #make(from: number): Promise<void> {
    this.close()
    const start = { deliver_policy: 'by_start_sequence', opt_start_seq: Math.max(1, from) } as const
    const { name } = await this.#api.consumer(this.#stream, { ...start, ...this.#config })
    this.#consumer = name
    this.#next = from
    this.#nth = 0
  }

  #pull(count: number, received: Received): Promise<'full' | 'end' | 'broken'> {
    return new Promise((resolve) => {
      const { runtime } = this.#link
      const inbox = this.#link.inbox()
      let left = count
      let heard = runtime.monotonic()
      const end = (result: 'full' | 'end' | 'broken') => {
        cancel()
        unsubscribe()
        resolve(result)
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
        if (delivery.nth !== ++this.#nth) return end('broken')
        this.#next = delivery.seq + 1
        received(message, delivery)
        if (--left === 0) end(delivery.pending === 0 ? 'end' : 'full')
        else if (delivery.pending === 0) end('end')
      })
      this.#api.pull(this.#stream, this.#consumer, count, inbox)
    })
  }
}

/** No messages, and fewer than were asked for. */
const NO_MORE = new Set([404, 408])
