import { appendFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { vi } from 'vitest'
import type { z } from 'zod'
import { filesConfig, filesSource } from '../../../src/sources/files/index.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

/** `Omit`, applied separately to the configurations for lines and for changes. */
type WithoutName<Entry> = Entry extends unknown ? Omit<Entry, 'name'> : never
type Config = WithoutName<z.input<typeof filesConfig>[number]>

/** A source `files/t` on a temporary folder, with real files and real time. */
export class FilesHarness {
  readonly folder = temporaryFolder('files')
  readonly host = new FakeHost(realRuntime)
  #runner: SourceRunner | undefined

  path(name: string): string {
    return join(this.folder, name)
  }

  append(name: string, text: string | Uint8Array): void {
    appendFileSync(this.path(name), text)
  }

  get runner(): SourceRunner {
    if (!this.#runner) throw new Error('not started')
    return this.#runner
  }

  async start(config: Config): Promise<void> {
    const [parsed] = filesConfig.parse([{ name: 't', ...config }])
    this.#runner = new SourceRunner(filesSource(parsed), this.host)
    this.#runner.start()
    await this.until(() => this.runner.status().state === 'up')
  }

  async stop(): Promise<void> {
    await this.#runner?.stop()
    this.#runner = undefined
  }

  async close(): Promise<void> {
    await this.stop()
  }

  async until(condition: () => boolean): Promise<void> {
    await vi.waitFor(
      () => {
        if (!condition()) throw new Error(`not yet: ${condition}\n${this.summary()}`)
      },
      { timeout: 30_000, interval: 5 },
    )
  }

  summary(): string {
    return `${JSON.stringify(this.lines().slice(-20))}\n${JSON.stringify(this.gaps())}`
  }

  get data() {
    return this.host.data('host/web1/files/t/line')
  }

  lines(): string[] {
    return this.data.map(({ line }) => String(line))
  }

  changes() {
    return this.host.data('host/web1/files/t/changed').map((data) => {
      const from = data.from === undefined ? '' : `${this.#short(data.from)} -> `
      return `${data.change} ${from}${this.#short(data.path)}`
    })
  }

  gaps() {
    return this.host.data('hub/gap/files/t')
  }

  #short(path: unknown): string {
    return String(path).replace(`${this.folder}/`, '').replace(dirname(this.folder), '')
  }
}
