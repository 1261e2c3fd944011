import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { vi } from 'vitest'
import type { z } from 'zod'
import type { Runtime } from '../../../src/event/runtime.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import { snmpSource, snmpSourcesConfig } from '../../../src/sources/snmp/index.js'
import type { SnmpNotification } from '../../../src/types/host/snmp.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { requireTool } from '../../helpers/tools.js'

const run = promisify(execFile)
type Config = Omit<z.input<typeof snmpSourcesConfig>[number], 'name'>

/** A source `snmp/t` with real sockets and real time. */
export class SnmpHarness {
  readonly folder = temporaryFolder('snmp')
  readonly host: FakeHost
  #runner: SourceRunner | undefined

  constructor(runtime: Runtime = realRuntime) {
    this.host = new FakeHost(runtime)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  get runner(): SourceRunner {
    if (!this.#runner) throw new Error('not started')
    return this.#runner
  }

  /** With the community `public`, and users for each level of protection. */
  async start(config: Config = {}): Promise<void> {
    this.launch({
      udp: '127.0.0.1:0',
      communityFile: this.write('communities', '# of all switches\npublic\n'),
      users: [
        {
          name: 'secret',
          auth: 'sha',
          authFile: this.write('auth', 'authpass1\n'),
          priv: 'aes',
          privFile: this.write('priv', 'privpass1\n'),
        },
        { name: 'signed', auth: 'sha256', authFile: this.write('auth2', 'authpass2\n') },
        { name: 'plain' },
      ],
      ...config,
    })
    await this.until(() => this.runner.status().state === 'up')
  }

  /** Starts it without waiting until it is up. */
  launch(config: Config): void {
    const [parsed] = snmpSourcesConfig.parse([{ name: 't', ...config }])
    this.#runner = new SourceRunner(snmpSource(parsed), this.host)
    this.#runner.start()
  }

  async close(): Promise<void> {
    await this.#runner?.stop()
  }

  write(name: string, text: string): string {
    const path = join(this.folder, name)
    writeFileSync(path, text)
    return path
  }

  get details(): { listener: string; refused: Record<string, number>; lastRefused?: object } {
    return this.runner.status().health?.details as never
  }

  get port(): number {
    return Number(this.details.listener.split(':').at(-1))
  }

  get events() {
    return this.host.events.filter(({ tag }) => tag.startsWith('snmp/t/'))
  }

  get received(): SnmpNotification[] {
    return this.events.map(({ data }) => data as SnmpNotification)
  }

  async until(condition: () => boolean): Promise<void> {
    await vi.waitFor(
      () => {
        if (!condition())
          throw new Error(
            `not yet: ${condition}\n${JSON.stringify(this.received.slice(-5))}\n${JSON.stringify(this.#runner?.status())}`,
          )
      },
      { interval: 5 },
    )
  }

  /** Runs a tool of Net-SNMP with options, against the source, and returns its exit code. */
  async tool(program: 'snmptrap' | 'snmpinform', options: string[], words: string[]): Promise<number> {
    const env = { ...process.env, MIBS: '', SNMP_PERSISTENT_DIR: this.folder }
    const target = `udp:127.0.0.1:${this.port}`
    return run(requireTool(program), ['-t', '2', '-r', '0', ...options, target, ...words], { env }).then(
      () => 0,
      (error: { code: number }) => error.code,
    )
  }

  async datagram(bytes: Uint8Array): Promise<void> {
    const socket = createSocket('udp4')
    await new Promise((sent) => socket.send(bytes, this.port, '127.0.0.1', sent))
    socket.close()
  }
}
