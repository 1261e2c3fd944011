import { vi } from 'vitest'
import type { z } from 'zod'
import type { Client, Event } from '../../../src/client/index.js'
import { startTestHub, type TestHub, type TestHubOptions } from '../../../src/hub/testing.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import { saltSource, saltSourcesConfig } from '../../../src/sources/salt/index.js'

type Entry = z.input<typeof saltSourcesConfig>[number]

/** A hub with sources `salt`, and all events of its log. */
export class Attached implements AsyncDisposable {
  readonly hub: TestHub
  readonly client: Client
  readonly runners: SourceRunner[] = []
  readonly events: Event[] = []

  private constructor(hub: TestHub, client: Client) {
    this.hub = hub
    this.client = client
    void this.#gather()
  }

  static async start(...entries: Entry[]): Promise<Attached> {
    return Attached.startWith(undefined, ...entries)
  }

  /** Starts a hub that listens at the addresses in its configuration. */
  static async startWith(config: TestHubOptions['config'], ...entries: Entry[]): Promise<Attached> {
    const hub = await startTestHub({ config })
    const attached = new Attached(hub, await hub.connect())
    for (const entry of entries) attached.attach(entry)
    for (const { name } of entries) await attached.until(() => attached.states(name).includes('up'))
    return attached
  }

  attach(entry: Entry): SourceRunner {
    const [config] = saltSourcesConfig.parse([entry])
    const runner = new SourceRunner(saltSource(config), this.hub.hub.sourceHost)
    this.runners.push(runner)
    runner.start()
    return runner
  }

  async #gather(): Promise<void> {
    for await (const event of this.client.subscribe([], { from: 'start' }).events())
      this.events.push(event.detach())
  }

  async publish(tag: string, data: unknown): Promise<void> {
    await this.client.publish(tag, data)
  }

  /** Returns the tags of the events that a bus sent. */
  tags(name: string): string[] {
    return this.events.filter(({ source }) => source === `salt/${name}`).map(({ tag }) => tag)
  }

  states(name: string): string[] {
    return this.#data(`hub/source/salt/${name}`).map(({ state }) => state as string)
  }

  gaps(name: string): Record<string, unknown>[] {
    return this.#data(`hub/gap/salt/${name}`)
  }

  #data(tag: string): Record<string, unknown>[] {
    return this.events.filter((event) => event.tag === tag).map(({ data }) => data as Record<string, unknown>)
  }

  health(name: string): Record<string, unknown> {
    return this.runners.find((runner) => runner.name === `salt/${name}`)!.status().health!.details
  }

  async until(condition: () => boolean): Promise<void> {
    await vi.waitUntil(condition, { timeout: 30_000, interval: 20 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.runners.map((runner) => runner.stop()))
    await this.client.close()
    await this.hub.close()
  }
}
