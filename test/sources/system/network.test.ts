import { beforeEach, expect, it } from 'vitest'
import { SystemHarness } from './harness.js'

let system: SystemHarness

beforeEach(async () => {
  system = new SystemHarness()
  system.probe.setInterface('lo', 'unknown', '0x9')
  system.probe.setInterface('eth0', 'up')
  system.probe.interfaceAddresses = [{ interface: 'eth0', address: '192.0.2.2/24', family: 'IPv4' }]
  await system.start()
})

const look = () => system.runtime.pass(2_000)

it('interfaces and addresses are part of the facts at the start, without events of their own', () => {
  expect(system.data('facts')).toMatchObject([
    {
      interfaces: [
        { interface: 'lo', up: true, addresses: [] },
        { interface: 'eth0', up: true, addresses: ['192.0.2.2/24'] },
      ],
    },
  ])
  expect(system.takeTags('interface/')).toEqual([])
})

it('an interface that goes down and up again is reported', async () => {
  system.probe.setInterface('eth0', 'down')
  await look()
  system.probe.setInterface('eth0', 'up')
  await look()
  await look()
  expect(system.data('interface/eth0/down')).toEqual([
    { interface: 'eth0', change: 'down', up: false, state: 'down', address: '02:00:00:00:00:01', mtu: 1500 },
  ])
  expect(system.takeTags('interface/')).toEqual(['interface/eth0/down', 'interface/eth0/up'])
})

it('an interface without a carrier of its own is up when it is switched on', async () => {
  system.probe.setInterface('lo', 'unknown', '0x8')
  await look()
  expect(system.takeTags('interface/')).toEqual(['interface/lo/down'])
})

it('an interface that is added or removed is reported', async () => {
  system.probe.setInterface('wg0', 'unknown', '0x91')
  await look()
  system.probe.removeInterface('wg0')
  await look()
  expect(system.takeTags('interface/')).toEqual([
    'interface/wg0/added',
    'interface/wg0/up',
    'interface/wg0/removed',
  ])
})

it('an address that is added or removed is reported', async () => {
  system.probe.interfaceAddresses = [{ interface: 'eth0', address: '2001:db8::1/64', family: 'IPv6' }]
  await look()
  expect(system.data('address/eth0/added')).toEqual([
    { interface: 'eth0', change: 'added', address: '2001:db8::1/64', family: 'IPv6' },
  ])
  expect(system.data('address/eth0/removed')).toMatchObject([{ address: '192.0.2.2/24' }])
})

it('a change that the hub does not accept is reported later, once', async () => {
  system.host.full = true
  system.probe.setInterface('eth0', 'down')
  system.probe.setInterface('wg0', 'unknown', '0x91')
  await look()
  await look()
  system.host.full = false
  await look()
  await look()
  expect(system.takeTags('interface/')).toEqual([
    'interface/eth0/down',
    'interface/wg0/added',
    'interface/wg0/up',
  ])
})

it('a strange name stays one segment of the tag', async () => {
  system.probe.setInterface('a%b', 'up')
  await look()
  expect(system.takeTags('interface/')).toEqual(['interface/a%25b/added', 'interface/a%25b/up'])
})

it('an entry that is not an interface is skipped', async () => {
  system.probe.files.set('/sys/class/net/bonding_masters', '\n')
  await look()
  expect(system.takeTags('interface/')).toEqual([])
  expect(system.runner.status().health?.state).toBe('up')
})
