import { setTimeout } from 'node:timers/promises'
import { type Client, connect, type Event } from '../../../src/client/index.js'
import type { HubProcess } from '../../e2e/hub-process.js'
import type { Random } from '../../fuzz/mutations.js'

/** Where all parts are at work, and what they find to be wrong. */
export interface Scene {
  folder: string
  /** The socket of the hub that is killed. */
  address: string
  random: Random
  /** What the hub has not flushed may be gone. */
  losesPower: boolean
  fault(text: string): void
}

/** Something that is at work while the hub is killed again and again. */
export interface Part extends AsyncDisposable {
  /** What the hub needs for it in its configuration. */
  readonly config: Config
  /** Called when the hub of a round is ready. */
  begin(hub: HubProcess): Promise<void>
  /** Called when the hub of a round is dead. */
  killed?(): Promise<void>
  /** Sends no more; resolves when all of it has arrived at the hub. */
  stop(client: Client): Promise<void>
  /** Compares what the part has done and received with the log. Called again until it finds nothing wrong, or time is over. */
  check(log: StoredEvents, client: Client): Promise<string[]> | string[]
}

export type Config = Record<string, Record<string, unknown>>

/** The configuration that all parts need, two levels deep. */
export function joined(configs: readonly Config[]): Config {
  const all: Config = {}
  for (const config of configs)
    for (const [key, values] of Object.entries(config)) all[key] = { ...all[key], ...values }
  return all
}

/** What the log has, in its order. */
export class StoredEvents {
  readonly #events: Event[] = []

  static async read(client: Client): Promise<StoredEvents> {
    const stored = new StoredEvents()
    for await (const event of client.read('!load/', { from: 'start' }).events()) stored.#events.push(event)
    return stored
  }

  of(prefix: string): Event[] {
    return this.#events.filter(({ tag }) => tag.startsWith(prefix))
  }

  numbers(prefix: string): number[] {
    return this.of(prefix).map(numberOf)
  }
}

export function numberOf({ data }: Event): number {
  return (data as { n: number }).n
}

/** Says what differs between the numbers that are there and those that should be. */
export function difference(what: string, found: readonly number[], wanted: readonly number[]): string[] {
  const at = wanted.findIndex((number, index) => found[index] !== number)
  if (at < 0 && found.length === wanted.length) return []
  const place = at < 0 ? wanted.length : at
  const [is, should] = [found, wanted].map((list) => list.slice(Math.max(0, place - 2), place + 4).join(' '))
  return [
    `${what}: ${found.length} instead of ${wanted.length}; at ${place} there is ${is} instead of ${should}`,
  ]
}

/** Says what is missing or out of order where everything is to come at least once: a repetition begins somewhere before. */
export function omissions(what: string, found: readonly number[], wanted: readonly number[]): string[] {
  const places = new Map(wanted.map((number, place) => [number, place]))
  let next = 0
  for (const number of found) {
    const place = places.get(number)
    if (place === undefined) return [`${what}: ${number} came, which the log does not have`]
    if (place > next) return [`${what}: ${number} came where ${wanted[next]} was next`]
    if (place === next) next++
  }
  return next === wanted.length ? [] : [`${what}: ${wanted.length - next} did not come, from ${wanted[next]}`]
}

const PAUSE_MS = 10
const MOST_UNDER_WAY = 200

/** Publishes numbered events steadily, over all crashes, and waits until each is durable. */
export class Pacer {
  readonly acknowledged = new Set<number>()
  sent = 0
  readonly #scene: Scene
  readonly #address: string
  readonly #tagOf: (n: number) => string
  readonly #producer: string
  #client: Client | undefined
  #isOver = false
  #running: Promise<void> | undefined

  constructor(scene: Scene, producer: string, tagOf: (n: number) => string, address = scene.address) {
    this.#scene = scene
    this.#producer = producer
    this.#tagOf = tagOf
    this.#address = address
  }

  async begin(): Promise<void> {
    if (this.#client !== undefined) return
    this.#client = await connect({ address: this.#address, producer: this.#producer, ack: 'durable' })
    this.#running = this.#run(this.#client)
  }

  /** Resolves when everything is acknowledged. */
  async stop(): Promise<void> {
    this.#isOver = true
    await this.#running
    await this.#client?.close()
  }

  async #run(client: Client): Promise<void> {
    const waiting = new Set<Promise<void>>()
    while (!this.#isOver) {
      if (waiting.size < MOST_UNDER_WAY) {
        const one = this.#publish(client, ++this.sent).finally(() => waiting.delete(one))
        waiting.add(one)
      }
      await setTimeout(PAUSE_MS)
    }
    await Promise.all(waiting)
  }

  async #publish(client: Client, n: number): Promise<void> {
    try {
      await client.publish(this.#tagOf(n), { n, group: n % 10 })
      this.acknowledged.add(n)
    } catch (error) {
      this.#scene.fault(`${this.#producer}: ${n} was not taken: ${error}`)
    }
  }
}
