import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import type { z } from 'zod'
import { lifePreserverConfig, lifePreserverSource } from '../../../src/sources/life-preserver/index.js'
import type { RunProgram } from '../../../src/sources/run-program.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import { NoZfs } from '../../../src/sources/zfs/command.js'
import type { ZfsEventsOptions } from '../../../src/sources/zfs/events.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

const noZfs: RunProgram = async (program) => {
  throw new NoZfs(`${program} is not installed`)
}

/** The source `life-preserver` with real files in a temporary folder, and real time. */
export class LifePreserverHarness {
  readonly folder = temporaryFolder('lpreserver')
  readonly log = join(this.folder, 'lpreserver.log')
  readonly host = new FakeHost(realRuntime)
  readonly #config: z.output<typeof lifePreserverConfig>
  run: RunProgram = noZfs
  heard: ZfsEventsOptions['heard'] = () => {}
  runner: SourceRunner

  constructor(config: z.input<typeof lifePreserverConfig> = {}) {
    this.#config = lifePreserverConfig.parse({ enabled: true, log: this.log, progress: '100ms', ...config })
    this.runner = this.#make()
    onTestFinished(() => this.runner.stop())
  }

  #make(): SourceRunner {
    const definition = lifePreserverSource(this.#config, {
      run: (program, args) => this.run(program, args),
      follow: ({ heard }) => {
        this.heard = heard
        return { close: () => {} }
      },
    })
    return new SourceRunner(definition, this.host)
  }

  async start(): Promise<void> {
    this.runner.start()
    await this.until(() => this.runner.status().state === 'up')
  }

  async restart(meanwhile = () => {}): Promise<void> {
    await this.runner.stop()
    meanwhile()
    this.runner = this.#make()
    await this.start()
  }

  append(text: string, file = this.log): void {
    appendFileSync(file, text)
  }

  get bodies() {
    return this.host.events
      .filter(({ tag }) => tag.startsWith('sysadm/life-preserver/'))
      .map(({ data }) => data as { class: string; message: string; priority: string })
  }

  get messages(): string[] {
    return this.bodies.map(({ message }) => message)
  }

  async until(condition: () => boolean): Promise<void> {
    await vi.waitFor(
      () => {
        if (!condition()) throw new Error(`not yet: ${condition}\n${JSON.stringify(this.messages)}`)
      },
      { timeout: 30_000, interval: 5 },
    )
  }
}
