import fc from 'fast-check'
import { expect, it } from 'vitest'
import { infoOf } from '../../src/hosts/host-info.js'
import type { Hosts } from '../../src/hosts/hosts.js'
import { repeats } from '../helpers/repeats.js'
import { HostWorld, namesIn } from './host-world.js'

function shown(hosts: Hosts, name: string) {
  return infoOf(hosts, hosts.table.indexOf(name)!, 'epoch00000000', () => ({}))
}

function systemOf({ table }: Hosts, name: string) {
  return table.systemNames[table.systemOf(table.indexOf(name)!)]
}

it('are those that speak: by tag, data, source, and attribute', async () => {
  const world = new HostWorld()
  const hosts = world.start()
  world.append(
    { tag: 'host/web1/system/load' },
    { tag: 'syslog/main/sw1/kern', data: { host: 'sw1', severity: 'err' } },
    { tag: 'salt/job/1/ret/db1', data: { id: 'db1' } },
    { tag: 'app/x', source: 'host/app1' },
    { tag: 'app/y', attributes: { host: 'app2' } },
    { tag: 'app/z' },
  )
  await world.pass(2)
  expect(namesIn(hosts)).toEqual(['app1', 'app2', 'db1', 'sw1', 'web1'])
  expect(shown(hosts, 'sw1')).toMatchObject({ state: 'error', hour: { err: 1 }, sources: ['syslog'] })
  expect(shown(hosts, 'web1')).toMatchObject({ state: 'ok', hour: { unsaid: 1 }, sources: ['system'] })
})

it('are not heard when a hub speaks about them', async () => {
  const world = new HostWorld()
  const hosts = world.start()
  world.append(
    { tag: 'alert/x/firing', source: 'hub/core', data: { labels: { host: 'web1' } } },
    { tag: 'hub/edge/web2', source: 'hub/core', data: { edge: 'web2', state: 'down' } },
    { tag: 'hub/started', source: 'hub/web3', data: {} },
  )
  await world.pass(2)
  expect(namesIn(hosts)).toEqual(['web3'])
})

it('are told together once when they fall silent together, and when they are back', async () => {
  const world = new HostWorld()
  const hosts = world.start()
  const names = Array.from({ length: 20 }, (_, n) => `web${n}`)
  await world.rhythm([...names, 'db1'], 30, 7_200)
  expect(world.said).toEqual([])
  await world.rhythm(['db1'], 30, 1_200)
  expect(world.said).toHaveLength(1)
  const [{ tag, data }] = world.said
  expect(tag).toBe('hub/host/silent')
  expect(data).toMatchObject({ count: 20, hosts: [...names].sort(), names: 'web0, web1, web10 and 17 more' })
  expect(data.host).toBeUndefined()
  expect(shown(hosts, 'web3').state).toBe('silent')
  await world.rhythm(names, 30, 60)
  expect(world.said.slice(1)).toMatchObject([{ tag: 'hub/host/back', data: { count: 20 } }])
  expect(shown(hosts, 'web3').state).toBe('ok')
})

it('are silent by their own rhythm, or by the time that is configured', async () => {
  const world = new HostWorld()
  world.start({ silentAfter: '20s' })
  await world.rhythm(['slow', 'fast'], 10, 100)
  await world.rhythm(['fast'], 10, 200)
  expect(world.said).toMatchObject([{ tag: 'hub/host/silent', data: { host: 'slow', count: 1 } }])
})

it('are not silent while the hub is deaf, was asleep, or is told to say nothing', async () => {
  const world = new HostWorld()
  world.start()
  await world.rhythm(['web1'], 30, 7_200)
  world.isDeaf = true
  await world.pass(3_000)
  world.isDeaf = false
  await world.rhythm(['web1'], 30, 300)
  expect(world.said).toEqual([])
  const quiet = new HostWorld()
  quiet.start({ silence: false })
  await quiet.rhythm(['web1'], 30, 7_200)
  await quiet.pass(3_000)
  expect(quiet.said).toEqual([])
})

it('are back when they are heard, also when silence is not reported any longer', async () => {
  const world = new HostWorld()
  const hosts = world.start({ silentAfter: '20s' })
  await world.rhythm(['web1'], 10, 100)
  await world.pass(200)
  expect(shown(hosts, 'web1').state).toBe('silent')
  hosts.configure({ ...hosts.config, silence: false })
  await world.rhythm(['web1'], 10, 40)
  expect(shown(hosts, 'web1').state).toBe('ok')
  expect(world.said.map(({ tag }) => tag)).toEqual(['hub/host/silent', 'hub/host/back'])
})

it('are not missed when they have said that they go, nor is the host of the hub', async () => {
  const world = new HostWorld()
  const hosts = world.start()
  await world.rhythm(['web1', 'core'], 30, 7_200)
  world.append({ tag: 'hub/stopping', source: 'hub/web1', data: {} })
  await world.pass(3_600)
  expect(world.said).toEqual([])
  expect(shown(hosts, 'web1').state).toBe('left')
  await world.rhythm(['web1'], 30, 30)
  expect(shown(hosts, 'web1').state).toBe('ok')
})

it('are left to the primary to speak of, and known as silent to all', async () => {
  const world = new HostWorld()
  world.isPrimary = false
  const hosts = world.start()
  await world.rhythm(['web1'], 30, 7_200)
  await world.pass(3_600)
  expect(world.said).toEqual([])
  world.report({
    tag: 'hub/host/silent',
    data: { host: 'web1', count: 1, names: 'web1', hosts: ['web1'], log: world.log.epoch },
  })
  await world.pass(2)
  expect(shown(hosts, 'web1').state).toBe('silent')
})

it('are not said to be back again by a hub that becomes the primary later', async () => {
  const world = new HostWorld()
  world.start()
  await world.rhythm(['web1'], 30, 7_200)
  await world.pass(3_600)
  world.isPrimary = false
  await world.rhythm(['web1'], 30, 60)
  const about = { host: 'web1', count: 1, names: 'web1', hosts: ['web1'], log: world.log.epoch }
  world.report({ tag: 'hub/host/back', data: about })
  await world.pass(5)
  world.isPrimary = true
  await world.rhythm(['web1'], 30, 120)
  expect(world.said.map(({ tag }) => tag)).toEqual(['hub/host/silent', 'hub/host/back'])
})

it('are no others because another hub says so', async () => {
  const world = new HostWorld()
  const hosts = world.start()
  world.append(
    { tag: 'host/web1/system/load' },
    { tag: 'hub/host/removed', source: 'hub/edge1', data: { hosts: ['web1'], log: 'another000000' } },
  )
  await world.pass(2)
  expect(namesIn(hosts)).toContain('web1')
})

it('are at most as many as configured, and the events of others are counted', async () => {
  const world = new HostWorld()
  const hosts = world.start({ most: 10 })
  world.append(...Array.from({ length: 15 }, (_, n) => ({ tag: `host/web${n}/system/load` })))
  await world.pass(2)
  expect([hosts.table.size, hosts.untracked]).toEqual([10, 5])
})

it('are forgotten when nothing was heard of them for long, and removed by hand', async () => {
  const world = new HostWorld()
  const hosts = world.start({ forgetAfter: '2h', silence: false })
  world.append({ tag: 'host/old/system/load' })
  await world.rhythm(['new', 'gone'], 600, 4 * 3_600)
  expect(namesIn(hosts)).toEqual(['gone', 'new'])
  hosts.remove(['gone'])
  await world.pass(2)
  expect(namesIn(hosts)).toEqual(['new'])
})

it('are the same after a restart at any moment as without one', async () => {
  const step = fc.oneof(
    fc.record({
      is: fc.constant('event' as const),
      host: fc.integer({ min: 0, max: 5 }),
      severity: fc.constantFrom('err', 'warning', 'info'),
    }),
    fc.record({ is: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 1_000 }) }),
    fc.record({ is: fc.constantFrom('stop' as const, 'kill' as const) }),
    fc.record({ is: fc.constant('remove' as const), host: fc.integer({ min: 0, max: 5 }) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const world = new HostWorld()
      const steady = new HostWorld()
      // Both read the same log; only one of them ends.
      Object.assign(steady, { log: world.log, runtime: world.runtime })
      const reference = steady.start({ silence: false })
      let hosts = world.start({ silence: false })
      for (const each of steps) {
        if (each.is === 'event')
          world.append(
            { tag: `host/web${each.host}/system/x`, data: { severity: each.severity } },
            { tag: `host/web${each.host}/system/facts`, data: { os: `OS ${each.severity}` } },
          )
        else if (each.is === 'pass') await world.pass(each.seconds)
        else if (each.is === 'remove')
          world.append({
            tag: 'hub/host/removed',
            source: 'hub/core',
            data: { hosts: [`web${each.host}`], log: world.log.epoch },
          })
        else {
          await world.runtime.settle()
          if (each.is === 'stop') await hosts.stop()
          hosts = world.start({ silence: false })
        }
      }
      await world.pass(20)
      expect(namesIn(hosts)).toEqual(namesIn(reference))
      for (const name of namesIn(reference)) {
        expect(shown(hosts, name)).toEqual(shown(reference, name))
        expect(systemOf(hosts, name)).toBe(systemOf(reference, name))
      }
    }),
    { numRuns: repeats(6, 500) },
  )
})
