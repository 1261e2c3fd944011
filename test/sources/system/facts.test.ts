import { expect, it } from 'vitest'
import { systemTypes } from '../../../src/sources/system/index.js'
import { TypeRegistry } from '../../../src/types/registry.js'
import { SystemHarness } from './harness.js'

it('facts about the host are reported at each start; a boot only when there was one', async () => {
  const system = new SystemHarness()
  await system.start()
  expect(system.data('facts')).toEqual([
    {
      hostname: 'web1',
      os: 'Debian GNU/Linux 12 (bookworm)',
      kernel: 'Linux 6.1.0',
      architecture: 'x64',
      processors: 2,
      memory: 1_024_000,
      bootId: 'b00t-1',
      bootTime: '2023-11-14T22:13:20.000000Z',
      uptime: 100.5,
      interfaces: [],
    },
  ])
  await system.restart()
  expect(system.data('facts')).toHaveLength(2)
  expect(system.data('boot')).toHaveLength(1)
  system.probe.files.set('/proc/sys/kernel/random/boot_id', 'b00t-2\n')
  await system.restart()
  expect(system.data('boot').map(({ bootId }) => bootId)).toEqual(['b00t-1', 'b00t-2'])
})

it('a change of the host name is reported', async () => {
  const system = new SystemHarness()
  await system.start()
  system.probe.files.set('/proc/sys/kernel/hostname', 'web2\n')
  system.probe.files.set('/proc/stat', 'btime 1700000001\n')
  await system.runtime.pass(120_000)
  expect(system.data('facts').map(({ hostname }) => hostname)).toEqual(['web1', 'web2'])
})

it('a host with an unknown kind of system is reported nevertheless', async () => {
  const system = new SystemHarness()
  system.probe.files.delete('/etc/os-release')
  await system.start()
  expect(system.data('facts')).toMatchObject([{ os: 'Linux' }])
})

it('facts without a part that cannot be read are published, and the status says which it is', async () => {
  const system = new SystemHarness()
  system.probe.list = (folder) => {
    throw new Error(`ENOENT: ${folder}`)
  }
  system.probe.files.set('/proc/uptime', 'soon\n')
  system.probe.files.delete('/proc/meminfo')
  await system.start()
  const [facts, ...others] = system.data('facts')
  expect(others).toEqual([])
  expect(facts).toMatchObject({ hostname: 'web1', processors: 2, bootTime: '2023-11-14T22:13:20.000000Z' })
  expect([facts.memory, facts.uptime, facts.interfaces]).toEqual([undefined, undefined, undefined])
  expect(system.data('boot')).toHaveLength(1)
  expect(system.runner.status().health).toMatchObject({
    state: 'degraded',
    details: { facts: 'ENOENT: /proc/meminfo' },
  })
  await system.runtime.pass(120_000)
  expect(system.data('facts')).toHaveLength(1)
})

it('every event of the source has a registered type', async () => {
  const system = new SystemHarness({ processes: ['nginx'] })
  system.probe.setInterface('eth0', 'up')
  await system.start()
  system.probe.setInterface('eth0', 'down')
  system.probe.setProcess(9, 'nginx')
  system.probe.interfaceAddresses = [{ interface: 'eth0', address: '192.0.2.2/24', family: 'IPv4' }]
  await system.runtime.pass(10_000)
  const { typeOf } = new TypeRegistry(systemTypes)
  const tags = system.host.events.map(({ tag }) => tag).filter((tag) => tag.startsWith('host/'))
  expect(tags.length).toBeGreaterThan(7)
  expect(tags.filter((tag) => typeOf(tag) === 'tocsin.event')).toEqual([])
  expect(typeOf('host/web1/system/disk/%2F')).toBe('host.disk')
})

it('nothing is published after stop', async () => {
  const system = new SystemHarness()
  await system.start()
  await system.runner.stop()
  system.takeTags()
  await system.runtime.pass(60_000)
  expect(system.takeTags()).toEqual([])
})
