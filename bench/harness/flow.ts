import type { PublisherCounts, PublisherOptions } from '../roles/publisher.js'
import type { SubscriberCounts, SubscriberOptions } from '../roles/subscriber.js'
import type { RunningSide } from '../sides/side.js'
import type { Bench } from './bench.js'
import type { Child } from './child.js'
import { pause, until } from './clock.js'
import { cpuMicros } from './process-facts.js'

export interface FlowOptions {
  window: number
  /** Connections in one process, and how many of them decode. */
  connections: number
  decoding: number
}

export interface Rates {
  /** Published events per second. */
  events: number
  /** Deliveries per second over all connections. */
  deliveries: number
  /** Events per second that were acknowledged as durable. */
  acknowledged: number
  /** Processor time per event, µs: publisher, server, subscribers. */
  cpu: [publisher: number, server: number, subscribers: number]
}

/** A publisher and subscribers of one server, each in a separate process. They stay between rounds, idle. */
export class Flow {
  readonly side: RunningSide
  readonly #publisher: Child
  readonly #subscribers: Child

  private constructor(side: RunningSide, publisher: Child, subscribers: Child) {
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
    const subscribers = await bench.child('subscriber', {
      ...ends,
      connections: options.connections,
      decoding: options.decoding,
      step: options.window >> 4,
    } satisfies SubscriberOptions)
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
    await this.#subscribers.call('collectLatencies')
    await pause(length)
    const latencies = await this.#subscribers.call<number[]>('latencies')
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
    await this.#subscribers.stop()
  }

  async #measure(length: number): Promise<Rates> {
    const pids = [this.#publisher.pid, this.side.pid, this.#subscribers.pid]
    const [publishedBefore, before] = [await this.#published(), await this.#received()]
    const cpuBefore = pids.map(cpuMicros)
    await pause(length)
    const [publishedAfter, after] = [await this.#published(), await this.#received()]
    const sent = publishedAfter.sent - publishedBefore.sent
    const acknowledged = publishedAfter.acknowledged - publishedBefore.acknowledged
    return {
      acknowledged: (acknowledged * 1e6) / (publishedAfter.at - publishedBefore.at),
      events: ((after.slowest - before.slowest) * 1e6) / (after.at - before.at),
      deliveries: ((after.total - before.total) * 1e6) / (after.at - before.at),
      cpu: pids.map((pid, i) => (cpuMicros(pid) - cpuBefore[i]) / sent) as Rates['cpu'],
    }
  }

  #published(): Promise<PublisherCounts> {
    return this.#publisher.call('counts')
  }

  #received(): Promise<SubscriberCounts> {
    return this.#subscribers.call('counts')
  }
}
