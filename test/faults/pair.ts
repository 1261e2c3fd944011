import { setTimeout } from 'node:timers/promises'
import { type Client, connect, type Event } from '../../src/client/index.js'

const PAUSE_MS = 5

/** A publisher and a subscriber that no other peer may disturb. */
export class Pair implements AsyncDisposable {
  readonly client: Client
  readonly #events: AsyncIterator<Event>
  #n = 0

  private constructor(client: Client, events: AsyncIterator<Event>) {
    this.client = client
    this.#events = events
  }

  static async open(socket: string): Promise<Pair> {
    const client = await connect({ address: socket, reconnect: false })
    const subscription = client.subscribe('pair/')
    await subscription.ready()
    return new Pair(client, subscription.events()[Symbol.asyncIterator]())
  }

  /** Sends one event to the disk and to the subscriber, and checks that exactly this event is the next one. */
  async roundTrip(): Promise<void> {
    const n = ++this.#n
    await this.client.publish('pair/event', n, { ack: 'durable' })
    const { value } = await this.#events.next()
    if (value?.data !== n) throw new Error(`event ${value?.data} came in place of ${n}`)
  }

  /** Continues with round trips while the work runs, with the processor free in between; returns its result. */
  async during<Result>(work: Promise<Result>): Promise<Result> {
    let over = false
    const ended = work.finally(() => {
      over = true
    })
    ended.catch(() => {})
    do {
      await this.roundTrip()
      await setTimeout(PAUSE_MS)
    } while (!over)
    return ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close()
  }
}
