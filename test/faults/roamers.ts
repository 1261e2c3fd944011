import { setTimeout } from 'node:timers/promises'
import { expect } from 'vitest'
import { type Client, connect, type TocsinError } from '../../src/client/index.js'
import { bodiesIn, type RunningHub, range, until } from './cluster-tools.js'

const PAUSE_MS = 5

/** A publisher and a subscriber that know the addresses of all hubs, and may lose the one that they use. */
export class Roamers implements AsyncDisposable {
  readonly acknowledged: number[] = []
  readonly refused: string[] = []
  readonly seen: unknown[] = []
  readonly gaps: string[] = []
  readonly #client: Client
  readonly #tag: string
  readonly #hubs: readonly RunningHub[]
  readonly #following: Promise<void>
  readonly #publishing: Promise<void>
  #isOver = false

  private constructor(client: Client, tag: string, hubs: readonly RunningHub[]) {
    this.#client = client
    this.#tag = tag
    this.#hubs = hubs
    this.#following = this.#follow()
    this.#publishing = this.#publish()
  }

  static async start(tag: string, hubs: readonly RunningHub[]): Promise<Roamers> {
    const address = hubs.map(({ socket }) => socket)
    const roamers = new Roamers(await connect({ address, producer: tag }), tag, hubs)
    await roamers.flow()
    return roamers
  }

  /** The hub that both use. */
  get hub(): RunningHub {
    const { name } = this.#client.welcome.hub
    return this.#hubs.find((hub) => hub.name === name)!
  }

  /** Resolves when the subscriber has received more. */
  async flow(): Promise<void> {
    const before = this.seen.length
    await until(() => this.seen.length > before + 20, 'the subscriber receives events again')
  }

  /** Stops. Every event was acknowledged, and is there once and in order: for the subscriber, and on each hub. */
  async expectWhole(): Promise<void> {
    await this.flow()
    this.#isOver = true
    await this.#publishing
    const all = range(this.acknowledged.length)
    await until(() => this.seen.length >= all.length, 'the subscriber has received everything')
    expect({ refused: this.refused, gaps: this.gaps }).toEqual({ refused: [], gaps: [] })
    expect(this.seen).toEqual(all)
    // A hub that has just begun may be behind.
    for (const hub of this.#hubs) await expect.poll(() => bodiesIn(hub, this.#tag)).toEqual(all)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true
    await this.#client.close()
    await Promise.all([this.#publishing, this.#following])
  }

  async #follow(): Promise<void> {
    for await (const item of this.#client.subscribe(this.#tag, { from: 'start' })) {
      if ('tag' in item) this.seen.push(item.data)
      else if (item.status === 'gap') this.gaps.push(JSON.stringify(item))
    }
  }

  async #publish(): Promise<void> {
    for (let n = 1; !this.#isOver; n++) {
      try {
        await this.#client.publish(this.#tag, n, { ack: 'durable' })
        this.acknowledged.push(n)
      } catch (error) {
        this.refused.push((error as TocsinError).code)
      }
      await setTimeout(PAUSE_MS)
    }
  }
}
