import type { z } from 'zod'
import { SourceRunner } from '../../../src/sources/runner.js'
import { systemConfig, systemSource } from '../../../src/sources/system/index.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { FakeProbe } from './fake-probe.js'

/** The source `system` on a simulated host. */
export class SystemHarness {
  readonly runtime = new FakeRuntime()
  readonly host = new FakeHost(this.runtime)
  readonly probe = new FakeProbe()
  runner: SourceRunner

  constructor(config: z.input<typeof systemConfig> = {}) {
    this.runner = this.#make(config)
  }

  #make(config: z.input<typeof systemConfig>): SourceRunner {
    return new SourceRunner(systemSource(systemConfig.parse(config), this.probe), this.host)
  }

  async start(): Promise<void> {
    this.runner.start()
    await this.runtime.settle()
  }

  async restart(config: z.input<typeof systemConfig> = {}): Promise<void> {
    await this.runner.stop()
    this.runner = this.#make(config)
    await this.start()
  }

  /** Returns the bodies of the events `host/web1/system/<path>`. */
  data(path: string) {
    return this.host.data(`host/web1/system/${path}`)
  }

  /** Returns the tags of the events without their common prefix, and forgets the events. */
  takeTags(part = ''): string[] {
    const tags = this.host.events.splice(0).map(({ tag }) => tag.replace('host/web1/system/', ''))
    return tags.filter((tag) => tag.includes(part))
  }
}
