import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { vi } from 'vitest'
import type { z } from 'zod'
import type { Client, Event } from '../../../src/client/index.js'
import { startTestHub, type TestHub } from '../../../src/hub/testing.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import { sysadmSource, sysadmSourcesConfig } from '../../../src/sources/sysadm/index.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

type Entry = z.input<typeof sysadmSourcesConfig>[number]

/** A hub with a source `sysadm`, and all events of its log. */
export class Attached implements AsyncDisposable {
  readonly events: Event[] = []
  readonly #folder = temporaryFolder('sysadm')
  readonly #hub: TestHub
  readonly #client: Client
  #runner: SourceRunner | undefined

  private constructor(hub: TestHub, client: Client) {
    this.#hub = hub
    this.#client = client
    void this.#gather()
  }

  static async start(): Promise<Attached> {
    const hub = await startTestHub()
    return new Attached(hub, await hub.connect())
  }

  /** Returns the path of a file with this text. */
  file(name: string, text: string): string {
    const path = join(this.#folder, name)
    writeFileSync(path, text)
    return path
  }

  async attach(entry: Entry): Promise<void> {
    const [config] = sysadmSourcesConfig.parse([entry])
    this.#runner = new SourceRunner(sysadmSource(config), this.#hub.hub.sourceHost)
    this.#runner.start()
    await this.until(() => this.status().state === 'up')
  }

  async detach(): Promise<void> {
    await this.#runner?.stop()
  }

  status() {
    return this.#runner!.status()
  }

  /** The events of servers, each with its tag and what it says. */
  recorded(): { tag: string; data: Record<string, unknown> }[] {
    return this.events
      .filter(({ source }) => source === 'sysadm/a')
      .map(({ tag, data }) => ({ tag, data: data as Record<string, unknown> }))
  }

  gaps(): Record<string, unknown>[] {
    return this.events.filter(({ tag }) => tag === 'hub/gap/sysadm/a').map(({ data }) => data as never)
  }

  async until(condition: () => boolean): Promise<void> {
    await vi.waitUntil(condition, { timeout: 30_000, interval: 20 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.detach()
    await this.#client.close()
    await this.#hub.close()
  }

  async #gather(): Promise<void> {
    for await (const event of this.#client.subscribe([], { from: 'start' }).events())
      this.events.push(event.detach())
  }
}
