import { vi } from 'vitest'
import type { z } from 'zod'
import type { Client, Event } from '../../src/client/index.js'
import { startTestHub, type TestHub, type TestHubOptions } from '../../src/hub/testing.js'
import { SourceRunner } from '../../src/sources/runner.js'
import { upstreamsConfig } from '../../src/upstream/config.js'
import { upstreamSource } from '../../src/upstream/index.js'

type Entry = z.input<typeof upstreamsConfig>[number]

/** A hub that forwards to others, and all events of its log. */
export class EdgeHub implements AsyncDisposable {
  readonly hub: TestHub
  readonly client: Client
  readonly events: Event[] = []
  readonly #runners: SourceRunner[] = []

  private constructor(hub: TestHub, client: Client) {
    this.hub = hub
    this.client = client
    void this.#gather()
  }

  static async start(options: TestHubOptions = {}): Promise<EdgeHub> {
    const hub = await startTestHub(options)
    return new EdgeHub(hub, await hub.connect())
  }

  forward(entry: Partial<Entry> & Pick<Entry, 'servers'>): SourceRunner {
    const [config] = upstreamsConfig.parse([{ name: 'core', edge: 'edge1', filter: ['demo/'], ...entry }])
    const runner = new SourceRunner(upstreamSource(config), this.hub.hub.sourceHost)
    this.#runners.push(runner)
    this.hub.hub.sources.push(runner)
    runner.start()
    return runner
  }

  async publish(...numbers: number[]): Promise<void> {
    for (const n of numbers) await this.client.publish(`demo/${n}`, { n }, { ack: 'durable' })
  }

  /** Publishes many events, numbered from 1. */
  async publishMany(count: number, from = 1): Promise<void> {
    const events = Array.from({ length: count }, (_, i) => ({
      tag: `demo/${from + i}`,
      data: { n: from + i },
    }))
    await this.client.publishBatch(events, { ack: 'durable' })
  }

  /** The numbers of the events `demo/…` in the log. */
  get numbers(): number[] {
    return this.events
      .filter(({ tag }) => tag.startsWith('demo/'))
      .map(({ data }) => (data as { n: number }).n)
  }

  /** The bodies of the events with a tag. */
  data(tag: string): Record<string, unknown>[] {
    return this.events.filter((event) => event.tag === tag).map(({ data }) => data as Record<string, unknown>)
  }

  async until(condition: () => boolean, ms = 30_000): Promise<void> {
    await vi.waitUntil(condition, { timeout: ms, interval: 5 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const runner of this.#runners) await runner.stop()
    await this.client.close()
    await this.hub.close()
  }

  async #gather(): Promise<void> {
    for await (const event of this.client.subscribe([], { from: 'start' }).events())
      this.events.push(event.detach())
  }
}

/** An edge hub that forwards nothing, and answers its core; null: it answers nothing. */
export async function edgeOf(
  core: EdgeHub,
  edge: string,
  answers: Entry['answers'] | null = { see: '*', monitor: false },
): Promise<EdgeHub> {
  const hub = await EdgeHub.start()
  hub.forward({ servers: [core.hub.address], edge, filter: ['none/'], ...(answers && { answers }) })
  await core.until(() => core.data(`hub/edge/${edge}`).length > 0)
  return hub
}

/** Publishes when the clocks of all hubs, which may differ by some milliseconds, are past the event before. */
export async function publishLater(hub: EdgeHub, n: number): Promise<void> {
  const after = Date.now() + 6
  await hub.until(() => Date.now() > after)
  await hub.publish(n)
}

export function range(count: number, from = 1): number[] {
  return Array.from({ length: count }, (_, i) => from + i)
}
