import { closeSync, constants, openSync, writeFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { kernelConfig, kernelSource } from '../../../src/sources/kernel/index.js'
import { type KernelHost, type NoRecord, openKernelLog } from '../../../src/sources/kernel/kernel-log.js'
import { parseRecord } from '../../../src/sources/kernel/record.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { realRuntime } from '../../helpers/real-runtime.js'

const BOOT = 'e7c9a0d3-23cf-45b3-8967-4f257a91b668'

/** The ring of a kernel: what is overwritten is told once, as the kernel does. */
class RecordedKernel implements KernelHost {
  id = BOOT
  records: string[] = []
  readonly runtime = new FakeRuntime()
  readonly host = new FakeHost(this.runtime)
  runner!: SourceRunner

  open() {
    let next = 0
    return {
      read: (): string | NoRecord => {
        const oldest = this.#oldest
        if (next < oldest) {
          next = oldest
          return 'overwritten'
        }
        return next < this.records.length ? this.records[next++] : 'end'
      },
      close: () => {},
    }
  }
  boot = () => this.id
  uptime = () => 100e6
  #oldest = 0

  /** Records of the kernel, as /dev/kmsg has them. */
  write(...texts: string[]): void {
    for (const text of texts) {
      const number = this.records.length
      this.records.push(`6,${number},${number * 1_000_000},-;${text}\n`)
    }
  }

  overwrite(count: number): void {
    this.#oldest += count
  }

  async start(config: z.input<typeof kernelConfig> = {}): Promise<void> {
    this.runner = new SourceRunner(kernelSource(kernelConfig.parse(config), this), this.host)
    this.runner.start()
    await this.runtime.settle()
  }

  async restart(config?: z.input<typeof kernelConfig>): Promise<void> {
    await this.runner.stop()
    await this.start(config)
  }

  get texts() {
    return this.host.data('host/web1/kernel/kern').map(({ message }) => message)
  }

  get gaps() {
    return this.host.data('hub/gap/kernel')
  }
}

describe('a record of the kernel', () => {
  it('is read with its facility, its fields and the bytes that the kernel escapes', () => {
    expect(
      parseRecord(
        '6,339,5140900,-,caller=T1;usb 1-1: Product: Gr\\xc3\\xbc\\xc3\\x9fe \\x5c\n SUBSYSTEM=usb\n DEVICE=c189:1\n',
      ),
    ).toEqual({
      severity: 'info',
      facility: 'kern',
      number: 339,
      uptime: 5140900,
      message: 'usb 1-1: Product: Grüße \\',
      caller: 'T1',
      fields: { SUBSYSTEM: 'usb', DEVICE: 'c189:1' },
    })
    expect(parseRecord('30,7,1,c;systemd[1]: part\n')).toMatchObject({
      severity: 'info',
      facility: 'daemon',
      continued: true,
    })
    expect(parseRecord('no record')).toBeUndefined()
  })
})

describe('the source kernel', () => {
  const kernel = () => new RecordedKernel()

  it('begins at the end, and publishes what comes with time of day, number and severity', async () => {
    const it = kernel()
    it.write('old', 'older')
    await it.start()
    expect(it.texts).toEqual([])
    it.write('fresh')
    await it.runtime.pass(500)
    const data = it.host.data('host/web1/kernel/kern')
    const time = new Date((it.runtime.now() - 98e6) / 1000).toISOString().slice(0, 18)
    expect(data).toMatchObject([{ message: 'fresh', number: 2, severity: 'info', facility: 'kern' }])
    expect(String(data[0].time).slice(0, 18)).toBe(time)
  })

  it('continues after a restart where it stopped, with each message once', async () => {
    const it = kernel()
    it.write('one', 'two')
    await it.start({ from: 'start' })
    expect(it.texts).toEqual(['one', 'two'])
    await it.restart()
    it.write('three')
    await it.runtime.pass(500)
    expect(it.texts).toEqual(['one', 'two', 'three'])
    expect(it.gaps).toEqual([])
  })

  it('reports how many messages were overwritten while it ran, and while it did not', async () => {
    const it = kernel()
    it.write('one')
    await it.start({ from: 'start' })
    it.write('two', 'three', 'four')
    it.overwrite(3)
    await it.runtime.pass(2_000)
    expect(it.texts).toEqual(['one', 'four'])
    expect(it.gaps).toMatchObject([{ count: 2, reason: expect.stringContaining('overwritten') }])
    await it.runner.stop()
    it.write('five', 'six')
    it.overwrite(2)
    await it.start()
    await it.runtime.pass(2_000)
    expect(it.texts).toEqual(['one', 'four', 'six'])
    expect(it.runner.status().lost).toBe(1)
  })

  it('reads a new log from its beginning when the host was started again', async () => {
    const it = kernel()
    it.write('one', 'two')
    await it.start({ from: 'start' })
    await it.runner.stop()
    it.id = 'another'
    it.records = []
    it.write('Linux version 6')
    await it.start()
    expect(it.texts).toEqual(['one', 'two', 'Linux version 6'])
  })

  it('keeps a message that the hub does not accept, and publishes only what is bad enough', async () => {
    const it = kernel()
    await it.start({ priority: 'warning' })
    it.write('harmless')
    it.records.push('4,1,1,-;bad\n', '3,2,1,-;worse\n')
    it.host.full = true
    await it.runtime.pass(2_000)
    it.host.full = false
    await it.runtime.pass(1_000)
    expect(it.texts).toEqual(['bad', 'worse'])
  })

  it('reports no loss of messages that were read and are not bad enough, after a restart', async () => {
    const it = kernel()
    it.records.push('4,0,1,-;bad\n')
    await it.start({ priority: 'warning', from: 'start' })
    it.write('harmless', 'harmless too')
    await it.runtime.pass(2_000)
    await it.runner.stop()
    it.write('harmless again')
    it.overwrite(3)
    await it.start({ priority: 'warning' })
    await it.runtime.pass(2_000)
    expect(it.texts).toEqual(['bad'])
    expect(it.gaps).toEqual([])
    expect(it.runner.status()).toMatchObject({ lost: 0, health: { details: { number: 3 } } })
  })

  it('reads a long log in slices', async () => {
    const it = kernel()
    it.write(...Array.from({ length: 1_000 }, (_, i) => String(i)))
    await it.start({ from: 'start' })
    await it.runtime.pass(500)
    expect(it.texts).toHaveLength(1_000)
  })
})

describe('the log of this host', () => {
  let runner: SourceRunner | undefined
  afterEach(() => runner?.stop())

  it('is published with what is written into it, or the status says why it cannot be read', async () => {
    const host = new FakeHost(realRuntime)
    runner = new SourceRunner(kernelSource(kernelConfig.parse({})), host)
    runner.start()
    await expect.poll(() => runner?.status().state).toBe(mayOpen(constants.O_RDONLY) ? 'up' : 'down')
    const { state, reason, health } = runner.status()
    if (state === 'down') expect(reason).toMatch(/^\/dev\/kmsg cannot be read: (the user|this system)/)
    else if (mayOpen(constants.O_WRONLY)) await expectWritten(host)
    else expect(health?.details).toMatchObject({ number: expect.any(Number), unreadable: 0 })
  })

  it.each([
    ['EPERM', /AmbientCapabilities=CAP_SYSLOG.*dmesg_restrict=0/],
    ['ENOENT', /this system has none/],
    ['EIO', /of itself/],
  ])('that cannot be opened (%s) is explained with what to do', (code, remedy) => {
    const fail = () => {
      throw Object.assign(new Error('of itself'), { code })
    }
    expect(() => openKernelLog(fail)).toThrow(remedy)
  })
})

async function expectWritten(host: FakeHost): Promise<void> {
  const text = `tocsin test ${process.pid} ä`
  writeFileSync('/dev/kmsg', `<12>${text}\n`)
  const last = () => host.data('host/web1/kernel/user').at(-1)
  await expect.poll(last).toMatchObject({ severity: 'warning', facility: 'user', message: text })
  expect(Math.abs(Date.parse(String(last()?.time)) - Date.now())).toBeLessThan(60_000)
}

function mayOpen(way: number): boolean {
  try {
    closeSync(openSync('/dev/kmsg', way | constants.O_NONBLOCK))
    return true
  } catch {
    return false
  }
}
