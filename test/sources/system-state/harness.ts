import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, onTestFinished, vi } from 'vitest'
import type { z } from 'zod'
import type { RunProgram } from '../../../src/sources/run-program.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import { probeBelow } from '../../../src/sources/system/probe.js'
import { systemStateConfig, systemStateSource } from '../../../src/sources/system-state/index.js'
import type { StateHost } from '../../../src/sources/system-state/source.js'
import { NoZfs } from '../../../src/sources/zfs/command.js'
import type { ZfsEventsOptions } from '../../../src/sources/zfs/events.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

const noZfs: RunProgram = async (program) => {
  throw new NoZfs(`${program} is not installed`)
}

/** The source `system-state` on a host whose files are below a temporary folder. */
export class StateHarness {
  readonly runtime = new FakeRuntime()
  readonly host = new FakeHost(this.runtime)
  readonly root = temporaryFolder('root')
  hostname = 'vm2'
  run: RunProgram = noZfs
  heard: ZfsEventsOptions['heard'] = () => {}
  following = 0
  runner: SourceRunner
  readonly #config: z.output<typeof systemStateConfig>

  constructor(config: z.input<typeof systemStateConfig> = {}) {
    this.#config = systemStateConfig.parse({ enabled: true, ...config })
    this.runner = this.#make()
    this.write('/proc/filesystems', 'nodev\tproc\nnodev\ttmpfs\nnodev\tbtrfs\n\text4\n\txfs\n')
    this.write('/proc/self/mountinfo', '2 1 0:21 / /proc rw - proc proc rw\n')
    onTestFinished(() => this.runner.stop())
  }

  #make(): SourceRunner {
    const host: StateHost = {
      probe: probeBelow(this.root),
      hostname: () => this.hostname,
      run: (program, args) => this.run(program, args),
      follow: ({ heard }) => {
        this.heard = heard
        this.following++
        return { close: () => this.following-- }
      },
    }
    return new SourceRunner(systemStateSource(this.#config, host), this.host)
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(this.root + path), { recursive: true })
    writeFileSync(this.root + path, text)
  }

  writeAll(files: Record<string, string>): void {
    for (const [path, text] of Object.entries(files)) this.write(path, `${text}\n`)
  }

  /** Mounts file systems, whose use is that of the temporary folder. */
  mount(...lines: string[]): void {
    for (const line of lines) mkdirSync(this.root + line.split(' ')[4], { recursive: true })
    this.write('/proc/self/mountinfo', `${lines.join('\n')}\n`)
  }

  async start(): Promise<void> {
    this.runner.start()
    await this.runtime.settle()
  }

  async restart(): Promise<void> {
    await this.runner.stop()
    this.runner = this.#make()
    await this.start()
  }

  get states() {
    return this.host.data('sysadm/system-state') as {
      hostname: string
      hostnamechanged?: string
      priority: string
      zpools?: Record<string, Record<string, string>>
    }[]
  }

  /** Lets time pass until there are `count` events. */
  async until(count: number): Promise<void> {
    await vi.waitFor(async () => {
      await this.runtime.pass(0)
      expect(this.states.length).toBe(count)
    })
  }
}
