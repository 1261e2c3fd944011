import { describe, expect, it } from 'vitest'
import { chooseMounts } from '../../../src/sources/system/disks.js'
import { parseMounts } from '../../../src/sources/system/parse-proc.js'
import { nextLevel } from '../../../src/sources/system/sampled.js'
import { usage } from './fake-probe.js'
import { SystemHarness } from './harness.js'

describe('a level', () => {
  const thresholds = [80, 90]

  it('rises when a threshold is reached', () => {
    expect([79, 80, 89, 90, 100].map((value) => nextLevel(value, 0, thresholds))).toEqual([0, 1, 1, 2, 2])
  })

  it('falls only when the value is well below the threshold', () => {
    expect(nextLevel(89, 2, thresholds)).toBe(2)
    expect(nextLevel(85.5, 2, thresholds)).toBe(2)
    expect(nextLevel(85, 2, thresholds)).toBe(1)
    expect(nextLevel(77, 1, thresholds)).toBe(1)
    expect(nextLevel(75, 2, thresholds)).toBe(0)
  })
})

describe('load and memory', () => {
  it('are published at the start and then at their intervals', async () => {
    const system = new SystemHarness()
    await system.start()
    expect(system.data('load')).toEqual([
      { load1: 0.5, load5: 0.4, load15: 0.3, running: 2, tasks: 100, processors: 2, level: 0 },
    ])
    expect(system.data('memory')).toEqual([
      { total: 1_024_000, available: 614_400, used: 409_600, usedPercent: 40, level: 0 },
    ])
    expect(system.data('swap')).toEqual([
      { total: 102_400, free: 92_160, used: 10_240, usedPercent: 10, level: 0 },
    ])
    await system.runtime.pass(60_000)
    expect(system.data('load')).toHaveLength(7)
    expect(system.data('memory')).toHaveLength(7)
    expect(system.data('swap')).toHaveLength(2)
  })

  it('are published at once when they pass a threshold', async () => {
    const system = new SystemHarness({ load: { interval: '1h', thresholds: [2] } })
    await system.start()
    system.probe.files.set('/proc/loadavg', '4.00 1.00 1.00 9/100 999\n')
    await system.runtime.pass(5_000)
    expect(system.data('load').map(({ load1, level }) => [load1, level])).toEqual([
      [0.5, 0],
      [4, 1],
    ])
    await system.runtime.pass(60_000)
    expect(system.data('load')).toHaveLength(2)
  })

  it('of a host without swap leave out swap', async () => {
    const system = new SystemHarness()
    system.probe.files.set('/proc/meminfo', 'MemTotal: 1000 kB\nMemAvailable: 600 kB\n')
    await system.start()
    expect(system.data('swap')).toEqual([])
  })

  it('that the hub did not accept are counted as lost, and published when it accepts events again', async () => {
    const system = new SystemHarness()
    await system.start()
    system.host.full = true
    await system.runtime.pass(35_000)
    system.host.full = false
    await system.runtime.pass(6_000)
    const gaps = system.host.data('hub/gap/system')
    expect(new Set(gaps.map(({ reason }) => reason))).toEqual(
      new Set(['the hub accepted no events when a sample was due']),
    )
    // Two load values, at 20 s and 30 s, and three memory values.
    expect(gaps.reduce((sum, { count }) => sum + Number(count), 0)).toBe(5)
    expect(system.data('load')).toHaveLength(2)
  })

  it('that cannot be read degrade the source, but do not affect its other values', async () => {
    const system = new SystemHarness()
    system.probe.files.set('/proc/loadavg', 'garbage')
    system.probe.files.delete('/proc/meminfo')
    await system.start()
    expect(system.runner.status().health).toMatchObject({
      state: 'degraded',
      details: { load: '/proc/loadavg is not understood', memory: 'ENOENT: /proc/meminfo' },
    })
    expect(system.data('disk/%2F')).toHaveLength(1)
    system.probe.files.set('/proc/loadavg', '0.50 0.40 0.30 2/100 999\n')
    await system.runtime.pass(5_000)
    expect(system.runner.status().health?.details).not.toHaveProperty('load')
  })
})

describe('disks', () => {
  it('are published at the start, at the interval and when a threshold is passed', async () => {
    const system = new SystemHarness({ disks: { interval: '1h', thresholds: [80, 90] } })
    await system.start()
    expect(system.data('disk/%2F')).toEqual([
      {
        mount: '/',
        device: '/dev/sda1',
        filesystem: 'ext4',
        total: 1000,
        available: 500,
        used: 500,
        usedPercent: 50,
        inodesUsedPercent: 10,
        level: 0,
      },
    ])
    system.probe.usages.set('/', usage(85))
    await system.runtime.pass(10_000)
    system.probe.usages.set('/', usage(79))
    await system.runtime.pass(10_000)
    system.probe.usages.set('/', usage(60))
    await system.runtime.pass(10_000)
    expect(system.data('disk/%2F').map(({ usedPercent, level }) => [usedPercent, level])).toEqual([
      [50, 0],
      [85, 1],
      [60, 0],
    ])
  })

  it('also count as full when the inodes run out', async () => {
    const system = new SystemHarness()
    system.probe.usages.set('/', usage(10, 96))
    await system.start()
    expect(system.data('disk/%2F')).toMatchObject([{ usedPercent: 10, inodesUsedPercent: 96, level: 3 }])
  })

  it('are reported as removed, even if the hub accepts events only later, and start anew when they return', async () => {
    const system = new SystemHarness({ disks: { interval: '1h', thresholds: [80] } })
    const root = system.probe.files.get('/proc/self/mountinfo')!
    const both = `${root}3 1 8:2 / /srv rw - ext4 /dev/sdb1 rw\n`
    system.probe.files.set('/proc/self/mountinfo', both)
    system.probe.usages.set('/srv', usage(90))
    await system.start()
    system.probe.files.set('/proc/self/mountinfo', root)
    system.host.full = true
    await system.runtime.pass(10_000)
    system.host.full = false
    await system.runtime.pass(20_000)
    expect(system.data('disk/%2Fsrv/gone')).toEqual([
      { mount: '/srv', device: '/dev/sdb1', filesystem: 'ext4' },
    ])
    system.probe.files.set('/proc/self/mountinfo', both)
    await system.runtime.pass(10_000)
    expect(system.data('disk/%2Fsrv')).toMatchObject([{ level: 1 }, { level: 1 }])
  })

  it('that do not respond delay nothing else, and are not queried again', async () => {
    const system = new SystemHarness()
    const mounts = ['/', '/a', '/b', '/c', '/d'].map(
      (path, i) => `${i} 0 8:${i} / ${path} rw - ext4 /dev/sd${i} rw`,
    )
    system.probe.files.set('/proc/self/mountinfo', mounts.join('\n'))
    for (const path of ['/a', '/b', '/c', '/d']) system.probe.usages.set(path, new Promise(() => {}))
    await system.start()
    await system.runtime.pass(120_000)
    expect(system.probe.usagesAsked.filter((path) => path === '/a')).toHaveLength(1)
    expect(system.probe.usagesAsked.filter((path) => path === '/c')).toHaveLength(0)
    expect(system.runner.status().health?.details.disks).toContain('/a and /b do not answer')
    expect(system.data('load').length).toBeGreaterThan(10)
  })
})

describe('the watched mounts', () => {
  const mounts = parseMounts(
    [
      '1 0 8:1 / / rw - ext4 /dev/sda1 rw',
      '2 1 8:1 /x /var/lib/container/x rw - ext4 /dev/sda1 rw',
      '3 1 0:5 / /proc rw - proc proc rw',
      '4 1 0:6 / /mnt/share rw - nfs4 server:/x rw',
      '5 1 7:1 / /snap/core rw - squashfs /dev/loop0 ro',
      '6 1 0:9 / /var/lib/docker/overlay2/1/merged rw - overlay overlay rw',
      '7 1 0:10 / /pool rw - zfs pool rw',
      '8 1 8:2 / /home rw - ext4 /dev/sda2 rw',
    ].join('\n'),
  )
  const deviceless = new Set(['proc', 'nfs4', 'overlay', 'zfs'])
  const paths = (named: string[]) => chooseMounts(mounts, deviceless, named).map(({ path }) => path)

  it('are the local disks, each once', () => {
    expect(paths([])).toEqual(['/', '/pool', '/home'])
  })

  it('are the configured ones, if there are any', () => {
    expect(paths(['/mnt/share', '/nowhere'])).toEqual(['/mnt/share'])
  })

  it('include the root of a container', () => {
    const inside = parseMounts('1 0 0:9 / / rw - overlay overlay rw')
    expect(chooseMounts(inside, deviceless, []).map(({ path }) => path)).toEqual(['/'])
  })
})
