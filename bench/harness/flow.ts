import type { PublisherCounts, PublisherOptions } from '../roles/publisher.js'
import type { SubscriberCounts, SubscriberOptions } from '../roles/subscriber.js'
import type { RunningSide } from '../sides/side.js'
import type { Bench } from './bench.js'
import type { Child } from './child.js'
import { pause, until } from './clock.js'
import { cpuMicros } from './process-facts.js'

export interface FlowOptions {
  window: number
  /** Subscribing connections, and how many of them decode. */
  connections: number
  decoding: number
  /** Processes that share the connections; default: one. */
  processes?: number
}

export interface Rates {
  /** Published events per second. */
  events: number
  /** Deliveries per second over all connections. */
  deliveries: number
  /** Events per second that were acknowledged as durable. */
  acknowledged: number
  /** Processor time per event of each part, µs. */
  cpu: Record<string, number>
}

/** A publisher and subscribers of one server, in separate processes. They stay between rounds, idle. */
export class Flow {
  readonly side: RunningSide
  readonly #publisher: Child
  readonly #subscribers: readonly Child[]

  private constructor(side: RunningSide, publisher: Child, subscribers: readonly Child[]) {
    this.side = side
    this.#publisher = publisher
    this.#subscribers = subscribers
  }

  static async start(bench: Bench, side: RunningSide, options: FlowOptions): Promise<Flow> {
    const progress = bench.socketPath()
    const ends = { side: side.name, address: side.address, progress }
    const publisher = await bench.child('publisher', {
      ...ends,
      window: options.window,
    } satisfies PublisherOptions)
    const { connections, decoding, processes = 1 } = options
    const each = connections / processes
    const subscribers = await Promise.all(
      Array.from({ length: processes }, (_, nth) =>
        bench.child('subscriber', {
          ...ends,
          connections: each,
          decoding: Math.min(each, Math.max(0, decoding - nth * each)),
          step: options.window >> 4,
        } satisfies SubscriberOptions),
      ),
    )
    return new Flow(side, publisher, subscribers)
  }

  /** Publishes as fast as the slowest subscriber receives. */
  async closedLoop(warmUp: number, length: number): Promise<Rates> {
    await this.#publisher.call('flow')
    await pause(warmUp)
    const rates = await this.#measure(length)
    await this.rest()
    return rates
  }

  /** Publishes with a window of events that wait for durable acknowledgement; `events` are the acknowledged ones. */
  async durably(warmUp: number, length: number): Promise<Rates> {
    await this.#publisher.call('durably')
    await pause(warmUp)
    const rates = await this.#measure(length)
    await this.rest()
    return { ...rates, events: rates.acknowledged }
  }

  /** Publishes at a fixed rate. Returns the time from before encoding to after decoding of each event, µs. */
  async latencies(rate: number, warmUp: number, length: number): Promise<number[]> {
    await this.#publisher.call('pace', rate, true)
    await pause(warmUp)
    await this.#each('collectLatencies')
    await pause(length)
    const latencies = (await this.#each<number[]>('latencies')).flat()
    await this.rest()
    return latencies
  }

  /** Stops publishing and waits until everything has arrived at all subscribers. */
  async rest(): Promise<void> {
    const { sent } = await this.#publisher.call<PublisherCounts>('halt')
    await until('everything has arrived', async () => (await this.#received()).slowest >= sent)
  }

  async stop(): Promise<void> {
    await this.#publisher.stop()
    await Promise.all(this.#subscribers.map((each) => each.stop()))
  }

  async #measure(length: number): Promise<Rates> {
    const [publishedBefore, before] = [await this.#published(), await this.#received()]
    const usedBefore = this.#used()
    await pause(length)
    const [publishedAfter, after] = [await this.#published(), await this.#received()]
    const used = this.#used()
    const sent = publishedAfter.sent - publishedBefore.sent
    const acknowledged = publishedAfter.acknowledged - publishedBefore.acknowledged
    return {
      acknowledged: (acknowledged * 1e6) / (publishedAfter.at - publishedBefore.at),
      events: ((after.slowest - before.slowest) * 1e6) / (after.at - before.at),
      deliveries: ((after.total - before.total) * 1e6) / (after.at - before.at),
      cpu: Object.fromEntries(used.map(([part, micros], at) => [part, (micros - usedBefore[at][1]) / sent])),
    }
  }

  #published(): Promise<PublisherCounts> {
    return this.#publisher.call('counts')
  }

  async #received(): Promise<SubscriberCounts> {
    const counts = await this.#each<SubscriberCounts>('counts')
    return {
      total: counts.reduce((sum, { total }) => sum + total, 0),
      slowest: Math.min(...counts.map(({ slowest }) => slowest)),
      at: Math.max(...counts.map(({ at }) => at)),
    }
  }

  #each<Result = unknown>(method: string): Promise<Result[]> {
    return Promise.all(this.#subscribers.map((each) => each.call<Result>(method)))
  }

  /** Returns the processor time of each part so far, µs. */
  #used(): [part: string, micros: number][] {
    const servers = Object.entries(this.side.processes ?? { server: this.side.pid })
    const subscribers = this.#subscribers.reduce((sum, { pid }) => sum + cpuMicros(pid), 0)
    return [
      ['publisher', cpuMicros(this.#publisher.pid)],
      ...servers.map(([name, pid]): [string, number] => [name, cpuMicros(pid)]),
      ['subscribers', subscribers],
    ]
  }
}
