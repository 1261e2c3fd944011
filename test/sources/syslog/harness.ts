import { execFile, execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { vi } from 'vitest'
import type { z } from 'zod'
import type { Runtime } from '../../../src/event/runtime.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import { syslogSource, syslogSourcesConfig } from '../../../src/sources/syslog/index.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

const run = promisify(execFile)
type Config = Omit<z.input<typeof syslogSourcesConfig>[number], 'name'>

/** Makes a certificate for `localhost` that is its own authority, and its key. */
export function testCertificate(folder: string): { certificate: string; key: string } {
  const [certificate, key] = [join(folder, 'c.pem'), join(folder, 'k.pem')]
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1']
  const files = ['-keyout', key, '-out', certificate]
  execFileSync('openssl', ['req', '-x509', ...kind, '-subj', '/CN=localhost', ...files], { stdio: 'ignore' })
  return { certificate, key }
}

/** A source `syslog/t` with real sockets, and real time unless it is given another. */
export class SyslogHarness {
  readonly folder = temporaryFolder('syslog')
  readonly host: FakeHost
  #runner: SourceRunner | undefined

  constructor(runtime: Runtime = realRuntime) {
    this.host = new FakeHost(runtime)
  }

  get runner(): SourceRunner {
    if (!this.#runner) throw new Error('not started')
    return this.#runner
  }

  async start(config: Config): Promise<void> {
    this.launch(config)
    await this.until(() => this.runner.status().state === 'up')
  }

  /** Starts it without waiting until it is up. */
  launch(config: Config): void {
    const [parsed] = syslogSourcesConfig.parse([{ name: 't', zone: 'UTC', ...config }])
    this.#runner = new SourceRunner(syslogSource(parsed), this.host)
    this.#runner.start()
  }

  async close(): Promise<void> {
    await this.#runner?.stop()
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  port(transport: string): number {
    const { listeners } = this.details as { listeners: string[] }
    const where = listeners.find((each) => each.startsWith(`${transport} `)) as string
    return Number(where.slice(where.lastIndexOf(':') + 1))
  }

  get senders(): number {
    return (this.details as { senders: number }).senders
  }

  get details(): object {
    return this.runner.status().health?.details ?? {}
  }

  get messages(): Record<string, unknown>[] {
    return this.host.events
      .filter(({ tag }) => tag.startsWith('syslog/t/'))
      .map(({ data }) => data as Record<string, unknown>)
  }

  get texts(): string[] {
    return this.messages.map(({ message }) => String(message))
  }

  get gaps() {
    return this.host.data('hub/gap/syslog/t')
  }

  async until(condition: () => boolean): Promise<void> {
    await vi.waitFor(
      () => {
        if (!condition())
          throw new Error(
            `not yet: ${condition}\n${JSON.stringify(this.messages.slice(-5))}\n${JSON.stringify(this.runner.status())}`,
          )
      },
      { timeout: 30_000, interval: 5 },
    )
  }

  logger(...words: string[]): Promise<unknown> {
    return run('logger', words)
  }
}
