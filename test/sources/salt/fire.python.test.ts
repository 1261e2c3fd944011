import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { Attached } from './attached.js'
import { PythonBus } from './python-bus.js'

const STAMP = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?$/)

describe('firing events into the bus of a daemon', () => {
  it('sends what the filter matches, as Salt would fire it, and does not publish it again', async () => {
    const folder = temporaryFolder('salt')
    await using bus = await PythonBus.start(folder)
    await using hub = await Attached.start({ name: 'master', sockDir: folder, fire: ['deploy/*'] })
    await hub.publish('deploy/web', { version: 7 })
    await hub.publish('other/web', { version: 7 })
    await hub.publish('deploy/list', [1, 2])
    await hub.publish('deploy/own', { _stamp: '2026-11-20T04:42:33' })
    await bus.until(() => bus.pulled.length === 3)
    expect(bus.pulled).toEqual([
      ['deploy/web', { version: 7, _stamp: STAMP }],
      ['deploy/list', { data: [1, 2], _stamp: STAMP }],
      ['deploy/own', { _stamp: '2026-11-20T04:42:33' }],
    ])
    await hub.until(() => hub.health('master').echoes === 3)
    bus.fire('deploy/web', { version: 8 })
    await hub.until(() => hub.tags('master').length === 1)
    // An event that came from the bus is not fired into it again.
    await hub.publish('deploy/last', {})
    await bus.until(() => bus.pulled.length === 4)
    expect(bus.pulled[3][0]).toBe('deploy/last')
    expect(hub.health('master')).toMatchObject({ fired: 4 })
  })

  it('passes events from master to master, with unchanged bodies, and never in a circle', async () => {
    const one = temporaryFolder('salt')
    const two = temporaryFolder('salt')
    await using bus1 = await PythonBus.start(one)
    await using bus2 = await PythonBus.start(two)
    const everything = ['*', '!hub/*']
    await using hub = await Attached.start(
      { name: 'one', sockDir: one, fire: everything },
      { name: 'two', sockDir: two, fire: everything },
    )
    // A second hub between the same buses would let any event circulate.
    await using other = await Attached.start(
      { name: 'one', sockDir: one, fire: everything },
      { name: 'two', sockDir: two, fire: everything },
    )
    for (const bus of [bus1, bus2]) await bus.subscribers(2)
    bus1.fire('a', { _stamp: '2026-11-20T04:42:33.000001', number: 1 })
    bus2.fire('b', { _stamp: '2026-11-20T04:42:33.000002', number: 2 })
    await bus1.until(() => bus1.pulled.some(([tag]) => tag === 'b'))
    await bus2.until(() => bus2.pulled.some(([tag]) => tag === 'a'))
    // Either fired and received again, or not fired at all because the other hub was faster, on whichever bus.
    const noticed = (each: Attached) =>
      counted(...['one', 'two'].flatMap((name) => [each.health(name).echoes, each.health(name).repeats]))
    for (const each of [hub, other]) await each.until(() => noticed(each) >= 2)
    bus1.fire('end', { _stamp: '2026-11-20T04:42:33.000003' })
    await bus2.until(() => bus2.pulled.some(([tag]) => tag === 'end'))
    // Each hub fires only new events: at most once into each bus.
    for (const tag of ['a', 'b'])
      expect(
        [...bus1.pulled, ...bus2.pulled].filter(([pulled]) => pulled === tag).length,
      ).toBeLessThanOrEqual(4)
    expect(bus2.pulled.find(([tag]) => tag === 'a')?.[1]).toEqual({
      _stamp: '2026-11-20T04:42:33.000001',
      number: 1,
    })
  })

  it('waits in the log while the bus is disconnected, and then sends events in order and once', async () => {
    const folder = temporaryFolder('salt')
    const first = await PythonBus.start(folder)
    await using hub = await Attached.start({ name: 'master', sockDir: folder, fire: ['deploy/*'] })
    await hub.publish('deploy/0', {})
    await first.until(() => first.pulled.length === 1)
    await first.kill()
    await hub.until(() => hub.states('master').includes('down'))
    for (let n = 1; n <= 500; n++) await hub.publish(`deploy/${n}`, { n })
    await using second = await PythonBus.start(folder)
    await second.until(() => second.pulled.length >= 500)
    expect(second.pulled.map(([tag]) => tag)).toEqual(
      Array.from({ length: 500 }, (_, n) => `deploy/${n + 1}`),
    )
  })
})

const counted = (...counts: unknown[]) => counts.reduce<number>((sum, count) => sum + (count as number), 0)

describe('duplicates from several masters', () => {
  const duplicates = { key: ['jid' as const, 'id' as const] }

  it('are published once, whichever master is first, and as often as one master sends them', async () => {
    const one = temporaryFolder('salt')
    const two = temporaryFolder('salt')
    await using bus1 = await PythonBus.start(one)
    await using bus2 = await PythonBus.start(two)
    await using hub = await Attached.start(
      { name: 'one', sockDir: one, duplicates },
      { name: 'two', sockDir: two, duplicates },
    )
    const ret = (jid: string, id: string) => [`salt/job/${jid}/ret/${id}`, { jid, id, retcode: 0 }] as const
    bus1.fire(...ret('1', 'web1'))
    bus1.fire(...ret('1', 'web1'))
    bus1.fire('no/jid', { id: 'web1' })
    await hub.until(() => hub.tags('one').length === 3)
    bus2.fire(...ret('1', 'web1'))
    bus2.fire(...ret('1', 'web2'))
    bus2.fire(...ret('1', 'web1'))
    bus2.fire('no/jid', { id: 'web1' })
    await hub.until(() => hub.tags('two').length === 2)
    bus1.fire(...ret('1', 'web2'))
    bus1.fire('end')
    await hub.until(() => hub.tags('one').includes('end'))
    expect(hub.tags('one')).toEqual(['salt/job/1/ret/web1', 'salt/job/1/ret/web1', 'no/jid', 'end'])
    expect(hub.tags('two')).toEqual(['salt/job/1/ret/web2', 'no/jid'])
    expect(hub.health('two')).toMatchObject({ duplicates: 2 })
  })

  it('leave no events missing when one of the masters stops', async () => {
    const one = temporaryFolder('salt')
    const two = temporaryFolder('salt')
    const bus1 = await PythonBus.start(one)
    await using bus2 = await PythonBus.start(two)
    await using hub = await Attached.start(
      { name: 'one', sockDir: one, duplicates },
      { name: 'two', sockDir: two, duplicates },
    )
    const fire = (bus: PythonBus, jid: number) => bus.fire(`salt/job/${jid}/new`, { jid, id: 'm' })
    for (let jid = 0; jid < 50; jid++) fire(bus1, jid)
    await hub.until(() => hub.tags('one').length === 50)
    await bus1.kill()
    for (let jid = 0; jid < 100; jid++) fire(bus2, jid)
    await hub.until(() => hub.tags('two').length === 50)
    expect(hub.tags('two')[0]).toBe('salt/job/50/new')
    expect(new Set([...hub.tags('one'), ...hub.tags('two')]).size).toBe(100)
  })
})
