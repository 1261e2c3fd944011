import { setTimeout } from 'node:timers/promises'
import { expect } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import type { Random } from '../fuzz/mutations.js'
import { type RunningHub, until } from './cluster-tools.js'

const MEMBERS = 2
/** Events that a member settles together. */
const MOST_SETTLED = 40
/** A member sometimes works for longer than the lease of a hub. */
const LONGEST_WORK_MS = 8_000

/** Programs that share a durable consumer, know the addresses of all hubs, and may lose the one that they use. */
export class Workers implements AsyncDisposable {
  readonly #clients: readonly Client[]
  readonly #random: Random
  /** How often each number that was delivered came as if for the first time. */
  readonly #unmarked = new Map<number, number>()
  readonly #gaps: string[] = []
  /** Why members ended before the test. */
  readonly #ended: string[] = []
  #isOver = false

  private constructor(clients: readonly Client[], tag: string, random: Random) {
    this.#clients = clients
    this.#random = random
    for (const client of clients)
      void this.#work(client, tag).catch((error) => this.#ended.push(String(error)))
  }

  static async start(tag: string, hubs: readonly RunningHub[], random: Random): Promise<Workers> {
    const address = hubs.map(({ socket }) => socket)
    const clients = Array.from({ length: MEMBERS }, () => connect({ address }))
    return new Workers(await Promise.all(clients), tag, random)
  }

  /** Each of these numbers was delivered, and none twice without a mark. */
  async expectAll(numbers: readonly number[]): Promise<void> {
    this.#isOver = true
    const missing = () => numbers.filter((n) => !this.#unmarked.has(n))
    await until(() => missing().length === 0, 'the consumer has delivered every event').catch(() => undefined)
    const unmarked = [...this.#unmarked].filter(([, times]) => times > 1).map(([n]) => n)
    expect({ missing: missing(), unmarked, gaps: this.#gaps, ended: this.#ended }).toEqual({
      missing: [],
      unmarked: [],
      gaps: [],
      ended: [],
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#clients.map((client) => client.close()))
  }

  async #work(client: Client, tag: string): Promise<void> {
    const subscription = client.subscribe(tag, { consumer: tag, from: 'start' })
    let open: Parameters<typeof subscription.ack>[0][] = []
    let enough = 1
    for await (const item of subscription) {
      if (item.status === 'gap') this.#gaps.push(JSON.stringify(item))
      if (item.status !== undefined) continue
      const n = Number(item.data)
      this.#unmarked.set(n, (this.#unmarked.get(n) ?? 0) + (item.redelivered ? 0 : 1))
      if (open.push(item.detach()) < enough && !this.#isOver) continue
      if (!this.#isOver && this.#random(500) === 0) await setTimeout(this.#random(LONGEST_WORK_MS))
      for (const event of open) subscription.ack(event)
      open = []
      enough = 1 + this.#random(MOST_SETTLED)
    }
  }
}
