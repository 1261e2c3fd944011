import { expect, test } from 'vitest'
import { documentedArgs } from '../../../src/protocols/sysadm/codec/documented.js'
import type { Outcome } from '../../../src/sources/run-program.js'
import { ALL, failed, openZfs, printed, recorded, zfsFuse } from '../zfs/recorded.js'
import { StateHarness } from './harness.js'

const GENUINE = '107G\t13.1G\t93.9G\t6%\t-\t1.00x\t12%\tDEGRADED\t-'
const healthy = 'tank\t107G\t13.1G\t93.9G\t6%\t-\t1.00x\t12%\tONLINE\t-\n'

/** A `zpool` whose list of pools can be changed. */
function listing(harness: StateHarness, first: Outcome) {
  const state = { answer: first, asked: 0 }
  harness.run = async (program, args) => {
    state.asked++
    expect([program, ...args].join(' ')).toBe(ALL)
    return state.answer
  }
  return state
}

test('the first event comes after the pause at the start, with the genuine texts and the priority of each pool', async () => {
  const harness = new StateHarness()
  listing(harness, printed(`tank\t${GENUINE}\n`))
  await harness.start()
  await harness.runtime.pass(59_000)
  expect(harness.states).toEqual([])
  await harness.runtime.pass(1_000)
  await harness.until(1)
  expect(harness.host.events.find(({ tag }) => tag === 'sysadm/system-state')?.source).toBe(
    'host/web1/system-state',
  )
  expect(harness.states[0]).toEqual({
    hostname: 'vm2',
    priority: '9 - Urgent',
    zpools: {
      tank: {
        alloc: '13.1G',
        altroot: '-',
        capacity: '12%',
        dedup: '1.00x',
        expandsz: '-',
        frag: '6%',
        free: '93.9G',
        health: 'DEGRADED',
        priority: '9 - Urgent',
        size: '107G',
      },
    },
  })
  expect(documentedArgs('system-state', harness.states[0])).toContain(
    '"health":"DEGRADED","priority":"9/Urgent"',
  )
})

test('without a change there is one event every 15 minutes, however often the host is examined', async () => {
  const harness = new StateHarness()
  const zpool = listing(harness, printed(healthy))
  await harness.start()
  await harness.runtime.pass(60_000 + 2 * 900_000 + 1_000)
  await harness.until(3)
  expect(zpool.asked).toBeGreaterThanOrEqual(61)
  expect(harness.states.map(({ priority }) => priority)).toEqual(Array(3).fill('0 - Information'))
})

test('a pool that fails, fills up or recovers is told at once; bytes written are not', async () => {
  const harness = new StateHarness({ first: '0s', check: '1s' })
  const zpool = listing(harness, printed(healthy))
  await harness.start()
  await harness.until(1)
  zpool.answer = printed(healthy.replace('13.1G', '13.2G'))
  await harness.runtime.pass(5_000)
  expect(harness.states).toHaveLength(1)
  for (const [from, to, priority] of [
    ['ONLINE', 'SUSPENDED', '9 - Urgent'],
    ['12%', '91%', '6 - Critical'],
    ['12%', '90%', '0 - Information'],
  ]) {
    zpool.answer = printed(healthy.replace(from, to))
    await harness.runtime.pass(1_000)
    expect(harness.states.at(-1)?.priority).toBe(priority)
    expect(harness.states.at(-1)?.zpools?.tank.priority).toBe(priority)
  }
  expect(harness.states).toHaveLength(4)
})

test('an event of ZFS causes a look within half a second', async () => {
  const harness = new StateHarness({ first: '0s', check: '1h' })
  const zpool = listing(harness, printed(healthy))
  await harness.start()
  await harness.until(1)
  zpool.answer = printed(`tank\t${GENUINE}\n`)
  harness.heard([{ class: 'resource.fs.zfs.statechange', fields: {} }])
  await harness.runtime.pass(500)
  await harness.until(2)
  expect(harness.following).toBe(1)
  await harness.runner.stop()
  expect(harness.following).toBe(0)
})

test('a host that is renamed tells it in one event, also if it was renamed while no hub ran', async () => {
  const harness = new StateHarness({ first: '0s', check: '1s' })
  listing(harness, printed(''))
  await harness.start()
  await harness.until(1)
  expect(harness.states[0]).toEqual({ hostname: 'vm2', priority: '0 - Information' })
  harness.hostname = 'vm3'
  await harness.runtime.pass(1_000)
  await harness.until(2)
  expect(harness.states[1]).toEqual({ hostname: 'vm3', hostnamechanged: 'true', priority: '3 - Warning' })
  await harness.runtime.pass(900_000)
  await harness.until(3)
  expect(harness.states[2]).toEqual({ hostname: 'vm3', priority: '0 - Information' })
  harness.hostname = 'vm4'
  await harness.restart()
  await harness.runtime.pass(1_000)
  await harness.until(4)
  expect(harness.states[3].hostnamechanged).toBe('true')
})

test('pools that cannot be listed raise no alarm, but are a fault of the source', async () => {
  const harness = new StateHarness({ first: '0s', check: '1s' })
  const zpool = listing(harness, printed(healthy))
  await harness.start()
  await harness.until(1)
  zpool.answer = failed('cannot open /dev/null: Permission denied')
  await harness.runtime.pass(900_000)
  await harness.until(2)
  expect(harness.states[1]).toEqual({ hostname: 'vm2', priority: '0 - Information' })
  expect(harness.runner.status().health).toEqual({
    state: 'degraded',
    reason: 'pools: cannot open /dev/null: Permission denied',
    details: { faults: ['cannot open /dev/null: Permission denied'] },
  })
  zpool.answer = printed(healthy)
  await harness.runtime.pass(1_000)
  expect(harness.runner.status().health).toEqual({ state: 'up', details: {} })
  expect(harness.states).toHaveLength(2)
})

test('an event that the hub does not accept is published when it accepts events again', async () => {
  const harness = new StateHarness({ first: '0s' })
  harness.run = recorded(openZfs).run
  harness.host.full = true
  await harness.start()
  await harness.runtime.pass(1_000)
  harness.host.full = false
  await harness.runtime.pass(100)
  await harness.until(1)
  expect(harness.states[0].zpools?.tank.health).toBe('ONLINE')
})

test('an old release of ZFS fills the same nine fields', async () => {
  const harness = new StateHarness({ first: '0s' })
  harness.run = recorded(zfsFuse).run
  await harness.start()
  await harness.until(1)
  expect(Object.keys(harness.states[0].zpools?.tank ?? {}).sort()).toEqual(
    'alloc altroot capacity dedup expandsz frag free health priority size'.split(' '),
  )
  expect(harness.states[0].priority).toBe('9 - Urgent')
})
