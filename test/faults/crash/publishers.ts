import { type Client, connect, type TocsinError } from '../../../src/client/index.js'
import { eventually } from '../eventually.js'
import { LOAD, type Witness } from './witness.js'

export type Random = (below: number) => number

export interface LoadOptions {
  address: string
  /** The producer's number, which is part of its tag and its name. */
  producer: number
  random: Random
  witness: Witness
  /** Size of the largest events, bytes. */
  largest: number
}

/** A publisher that continues through all crashes. */
export interface LoadPublisher {
  /** Whether it waits for `durable`. */
  readonly durable: boolean
  /** Called when the hub of a round is ready. */
  begin(): Promise<void>
  /** Resolves when the hub of this round has acknowledged an event. */
  underWay(): Promise<void>
  /** Stops publishing; resolves when everything is acknowledged. */
  stop(): Promise<void>
}

/** Concurrent events of one producer that wait for an answer. */
const LANES = 8

/**
 * Returns the data of an event. Most are small; some are larger than a packet, a few larger than a chunk of the log.
 */
function loadData(n: number, { random, largest }: LoadOptions): { n: number; fill: Uint8Array } {
  const rarity = random(1000)
  const size = rarity === 0 ? largest : rarity < 20 ? random(20_000) : random(400)
  return { n, fill: new Uint8Array(size) }
}

/** Publishes one event after another on several lanes, with a client that reconnects automatically. */
export class LanePublisher implements LoadPublisher {
  readonly durable: boolean
  readonly #options: LoadOptions
  #client: Client | undefined
  #last = 0
  #acknowledged = 0
  #lanes: Promise<void>[] = []
  #stopping = false
  /** Events that the hub had accepted and then lost, as reported to the client. */
  lost = 0

  constructor(options: LoadOptions, durable: boolean) {
    this.#options = options
    this.durable = durable
  }

  async begin(): Promise<void> {
    if (this.#client !== undefined) return
    const { address, producer } = this.#options
    const client = await connect({
      address,
      producer: `p${producer}`,
      ack: this.durable ? 'durable' : 'accepted',
    })
    this.#client = client
    this.#lanes = Array.from({ length: LANES }, () => this.#lane(client))
  }

  async underWay(): Promise<void> {
    await this.#drain()
    const before = this.#acknowledged
    await eventually(() => this.#acknowledged > before)
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#lanes)
    await this.#drain()
    await this.#client?.close()
  }

  async #lane(client: Client): Promise<void> {
    const { producer, witness } = this.#options
    while (!this.#stopping) {
      const n = ++this.#last
      try {
        const { cursor } = await client.publish(`${LOAD}${producer}`, loadData(n, this.#options))
        this.#acknowledged++
        witness.acknowledged(producer, n, cursor, this.durable ? 'durable' : 'accepted')
      } catch (error) {
        witness.fault(`p${producer}: ${n} was not taken: ${error}`)
        return
      }
    }
  }

  /** Counts the events that the hub had accepted and then lost, which the client reports here. */
  async #drain(): Promise<void> {
    try {
      await this.#client?.drain()
    } catch (error) {
      const { code, details } = error as TocsinError
      if (code !== 'TCN_CLIENT_LOST' || this.durable) throw error
      this.lost += details.count as number
    }
  }
}

/** Publishes batches, each with one durable acknowledgement. */
export class BatchPublisher implements LoadPublisher {
  readonly durable = true
  readonly #options: LoadOptions
  #client: Client | undefined
  #running: Promise<void> | undefined
  #last = 0
  #batches = 0
  #stopping = false

  constructor(options: LoadOptions) {
    this.#options = options
  }

  async begin(): Promise<void> {
    if (this.#client !== undefined) return
    const { address, producer } = this.#options
    const client = await connect({ address, producer: `p${producer}` })
    this.#client = client
    this.#running = this.#run(client)
  }

  async underWay(): Promise<void> {
    const before = this.#batches
    await eventually(() => this.#batches > before)
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await this.#running
    await this.#client?.close()
  }

  async #run(client: Client): Promise<void> {
    const { producer, witness } = this.#options
    while (!this.#stopping) {
      const { cursor, refused } = await client.publishBatch(this.#batch(), { ack: 'durable' })
      if (refused.length > 0) witness.fault(`p${producer}: not taken: ${JSON.stringify(refused)}`)
      this.#batches++
      witness.acknowledged(producer, this.#last, cursor, 'durable')
    }
  }

  #batch() {
    const { producer, random } = this.#options
    const event = () => ({ tag: `${LOAD}${producer}`, data: loadData(++this.#last, this.#options) })
    return Array.from({ length: 1 + random(100) }, event)
  }
}

/**
 * A program that starts again after each crash and keeps nothing but its name: the hub tells it how far it had come.
 * Its event numbers are the counters of the protocol.
 */
export class RestartingPublisher implements LoadPublisher {
  readonly durable = true
  readonly #options: LoadOptions
  #client: Client | undefined
  #next = 1
  #acknowledged = 0
  #lanes: Promise<void>[] = []
  #stopping = false

  constructor(options: LoadOptions) {
    this.#options = options
  }

  async begin(): Promise<void> {
    const { address, producer, witness } = this.#options
    await Promise.all(this.#lanes)
    const client = await connect({ address, producer: `p${producer}`, reconnect: false })
    const { lastCounter } = client.welcome
    const durable = witness.durableOf(producer)
    if (lastCounter < durable) {
      witness.fault(`p${producer}: ${durable} was durable, and the hub knows ${lastCounter}`)
    }
    this.#client = client
    this.#next = lastCounter + 1
    this.#lanes = Array.from({ length: LANES }, () => this.#lane(client))
  }

  async underWay(): Promise<void> {
    const before = this.#acknowledged
    await eventually(() => this.#acknowledged > before)
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#lanes)
    await this.#client?.close()
  }

  async #lane(client: Client): Promise<void> {
    const { producer, witness } = this.#options
    while (!this.#stopping) {
      const n = this.#next++
      try {
        const data = loadData(n, this.#options)
        const { cursor } = await client.publish(`${LOAD}${producer}`, data, { ack: 'durable' })
        this.#acknowledged++
        witness.acknowledged(producer, n, cursor, 'durable')
      } catch (error) {
        const { code } = error as TocsinError
        if (code !== 'TCN_CLIENT_UNREACHABLE') witness.fault(`p${producer}: ${n} was not taken: ${error}`)
        return
      }
    }
  }
}
