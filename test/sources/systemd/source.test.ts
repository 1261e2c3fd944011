import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { SourceRunner } from '../../../src/sources/runner.js'
import { systemdConfig, systemdSource } from '../../../src/sources/systemd/index.js'
import type { UnitSignals } from '../../../src/sources/systemd/unit-signals.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { realRuntime } from '../../helpers/real-runtime.js'

interface Unit {
  state: string
  sub?: string
  result?: string
  code?: number
  restarts?: number
  run?: string
}

/** As `systemctl show` of systemd 252 prints them. */
function shown(units: Record<string, Unit>): string {
  const blocks = Object.entries(units).map(([name, { state, sub, result, code, restarts, run }]) =>
    [
      `Result=${result ?? 'success'}`,
      `NRestarts=${restarts ?? 0}`,
      `ExecMainStatus=${code ?? 0}`,
      `Id=${name}`,
      `Description=The ${name} = demo`,
      `ActiveState=${state}`,
      `SubState=${sub ?? 'running'}`,
      'StateChangeTimestamp=Sat 2026-11-21 02:54:26 UTC',
      `InvocationID=${run ?? 'a'}`,
    ].join('\n'),
  )
  return `${blocks.join('\n\n')}\n`
}

let units: Record<string, Unit>
let boot: string
let looks: number
/** What systemctl waits for. */
let until: Promise<void>
let watches: number
let signals: UnitSignals
let runtime: FakeRuntime
let host: FakeHost
let runner: SourceRunner
beforeEach(() => {
  units = { 'ssh.service': { state: 'active' }, 'cron.service': { state: 'active' } }
  boot = 'one'
  looks = 0
  watches = 0
  until = Promise.resolve()
  runtime = new FakeRuntime()
  host = new FakeHost(runtime)
})
afterEach(() => runner.stop())

async function start(config: z.input<typeof systemdConfig> = {}): Promise<void> {
  const run = async () => {
    looks++
    await until
    return { code: 0, output: shown(units), message: '' }
  }
  const watch = (given: UnitSignals) => {
    signals = given
    watches++
    return () => {}
  }
  runner = new SourceRunner(
    systemdSource(systemdConfig.parse(config), { run, boot: () => boot, watch }),
    host,
  )
  runner.start()
  await runtime.settle()
}

async function becomes(changed: Record<string, Unit>): Promise<void> {
  Object.assign(units, changed)
  await runtime.pass(10_000)
}

const events = () => host.events.filter(({ tag }) => tag.startsWith('host/web1/systemd/'))
const tags = () => events().map(({ tag }) => tag.slice('host/web1/systemd/'.length))

describe('the source systemd', () => {
  it('begins with what has failed, and publishes a failure with its reason', async () => {
    units['old.service'] = { state: 'failed', sub: 'failed', result: 'timeout' }
    await start()
    expect(tags()).toEqual(['old.service/failed'])
    await becomes({ 'ssh.service': { state: 'failed', sub: 'failed', result: 'exit-code', code: 3 } })
    expect(events()[1].data).toEqual({
      unit: 'ssh.service',
      action: 'failed',
      severity: 'err',
      state: 'failed',
      detail: 'failed',
      description: 'The ssh.service = demo',
      result: 'exit-code',
      code: 3,
      time: '2026-11-21T02:54:26.000000Z',
    })
    await becomes({})
    expect(tags()).toHaveLength(2)
    expect(runner.status().health?.details).toMatchObject({ units: 3, failed: 2 })
  })

  it('tells starts, stops and restarts apart, by hand and by systemd itself', async () => {
    await start()
    await becomes({ 'ssh.service': { state: 'inactive', sub: 'dead' } })
    await becomes({ 'ssh.service': { state: 'active', run: 'b' } })
    await becomes({ 'ssh.service': { state: 'active', run: 'c' } })
    await becomes({ 'ssh.service': { state: 'activating', sub: 'auto-restart', run: 'c', restarts: 1 } })
    await becomes({ 'ssh.service': { state: 'active', run: 'c', restarts: 1 } })
    await becomes({ 'web.service': { state: 'active' } })
    delete units['web.service']
    await becomes({})
    expect(tags()).toEqual([
      'ssh.service/stopped',
      'ssh.service/started',
      'ssh.service/restarted',
      'ssh.service/restarted',
      'web.service/started',
      'web.service/stopped',
    ])
    expect(events()[3].data).toMatchObject({ severity: 'warning', restarts: 1 })
  })

  it('publishes after a restart of the hub what has happened meanwhile, but not after one of the host', async () => {
    await start()
    await runner.stop()
    units['cron.service'] = { state: 'inactive', sub: 'dead' }
    await start()
    expect(tags()).toEqual(['cron.service/stopped'])
    await runner.stop()
    boot = 'two'
    units['cron.service'] = { state: 'active', run: 'z' }
    await start()
    expect(tags()).toEqual(['cron.service/stopped'])
  })

  it('looks soon after a signal, at most once a second, and at its interval without any', async () => {
    await start()
    units['ssh.service'] = { state: 'inactive', sub: 'dead' }
    await runtime.pass(2_000)
    expect(tags()).toEqual([])
    expect(runner.status().health?.details.signals).toBe(false)
    signals.ready()
    for (let n = 0; n < 100; n++) signals.changed('ssh.service')
    await runtime.pass(200)
    expect(tags()).toEqual(['ssh.service/stopped'])
    expect([looks, runner.status().health?.details.signals]).toEqual([2, true])
    units['ssh.service'] = { state: 'active', run: 'b' }
    signals.changed('ssh.service')
    await runtime.pass(900)
    expect(looks).toBe(2)
    await runtime.pass(100)
    expect(tags()).toEqual(['ssh.service/stopped', 'ssh.service/started'])
    signals.ended(new Error('the bus is gone'))
    expect(runner.status().health?.details.signals).toBe(false)
    await runtime.pass(60_000)
    expect(looks).toBe(9)
  })

  it('looks after signals of its units only, under any of their names', async () => {
    await start({ units: ['ssh*', 'cron', 'sshd.service'] })
    for (const unit of ['x.scope', 'cron.timer', 'web.service', 'acron.service']) signals.changed(unit)
    await runtime.pass(5_000)
    expect(looks).toBe(1)
    for (const unit of ['sshx.service', 'cron.service']) {
      const before = looks
      signals.changed(unit)
      await runtime.pass(1_000)
      expect(looks).toBe(before + 1)
    }
  })

  it('looks after signals of a unit that has been asked for by another of its names', async () => {
    await start({ units: ['sshd.service'] })
    signals.changed('ssh.service')
    await runtime.pass(1_000)
    expect(looks).toBe(2)
  })

  it('that is stopped while it starts listens to no signals', async () => {
    let answer = () => {}
    until = new Promise((resolve) => {
      answer = resolve
    })
    await start()
    await runner.stop()
    answer()
    await runtime.settle()
    expect([looks, watches]).toEqual([1, 0])
  })

  it('keeps a change that the hub does not accept', async () => {
    await start()
    host.full = true
    await becomes({ 'ssh.service': { state: 'inactive' } })
    host.full = false
    await becomes({})
    expect(tags()).toEqual(['ssh.service/stopped'])
  })
})

it('the real systemctl is asked, and where systemd does not run the status says so', async () => {
  host = new FakeHost(realRuntime)
  runner = new SourceRunner(systemdSource(systemdConfig.parse({})), host)
  runner.start()
  await expect.poll(() => runner.status().state).toMatch(/^(up|down)$/)
  const { state, reason, health } = runner.status()
  if (state === 'up') expect(health?.details.units).toBeGreaterThan(0)
  else expect(reason).toMatch(/systemd|bus|systemctl/)
})
