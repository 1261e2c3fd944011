import { expect, test } from 'vitest'
import { humanSize } from '../../../src/sources/system-state/human-size.js'
import { StateHarness } from './harness.js'

const ROOT = '22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw'
const DATA = '30 22 9:0 / /srv rw,relatime - xfs /dev/md0 rw'

/** A mirror as the kernel shows it, with one of its disks missing or not. */
function mirror(name: string, { degraded = '0', state = 'clean' } = {}) {
  return {
    [`/sys/block/${name}/dev`]: `9:${name.slice(2)}`,
    [`/sys/block/${name}/size`]: '209584128',
    [`/sys/block/${name}/md/array_state`]: state,
    [`/sys/block/${name}/md/degraded`]: degraded,
  }
}

async function stateOf(harness: StateHarness) {
  await harness.start()
  await harness.until(1)
  return harness.states[0]
}

const begin = () => new StateHarness({ first: '0s', check: '1s' })

test('a host without ZFS fills the nine fields from its mounted file systems', async () => {
  const harness = begin()
  harness.mount(ROOT, '40 22 0:40 / /run rw - tmpfs tmpfs rw')
  const { zpools = {}, priority } = await stateOf(harness)
  expect(Object.keys(zpools)).toEqual(['/'])
  expect(zpools['/']).toEqual({
    size: expect.stringMatching(/^[\d.]{1,4}[KMGTPE]?$/),
    alloc: expect.stringMatching(/^[\d.]{1,4}[KMGTPE]?$/),
    free: expect.stringMatching(/^[\d.]{1,4}[KMGTPE]?$/),
    capacity: expect.stringMatching(/^\d+%$/),
    health: 'ONLINE',
    frag: '-',
    expandsz: '-',
    dedup: '1.00x',
    altroot: '-',
    priority,
  })
  expect(harness.runner.status().health).toEqual({
    state: 'up',
    details: { unavailable: { ZFS: 'zpool is not installed' } },
  })
})

test('a file system on an array that loses a disk is urgent at once, and well again when the disk is back', async () => {
  const harness = begin()
  harness.writeAll(mirror('md0'))
  harness.mount(ROOT, DATA)
  expect((await stateOf(harness)).zpools?.['/srv'].health).toBe('ONLINE')
  harness.writeAll(mirror('md0', { degraded: '1' }))
  await harness.runtime.pass(1_000)
  await harness.until(2)
  expect(harness.states[1].zpools?.['/srv']).toMatchObject({ health: 'DEGRADED', priority: '9 - Urgent' })
  expect(harness.states[1].zpools?.['/'].health).toBe('ONLINE')
  harness.writeAll(mirror('md0'))
  await harness.runtime.pass(1_000)
  await harness.until(3)
  expect(harness.states[2].zpools?.['/srv'].health).toBe('ONLINE')
})

test('arrays are found below logical volumes and partitions', async () => {
  const harness = begin()
  harness.writeAll({ ...mirror('md1', { degraded: '1' }), '/sys/block/dm-3/dev': '253:3' })
  harness.writeAll({ '/sys/block/dm-3/slaves/md1/dev': '9:1' })
  harness.mount(
    '31 22 253:3 / /vol rw - ext4 /dev/mapper/vg-vol rw',
    '32 22 259:4 / /part rw - ext4 /dev/md1p2 rw',
  )
  const { zpools = {} } = await stateOf(harness)
  expect(Object.entries(zpools).map(([name, { health }]) => `${name} ${health}`)).toEqual([
    '/vol DEGRADED',
    '/part DEGRADED',
  ])
})

test('an array without a file system is a pool of its own, of known size', async () => {
  const harness = begin()
  harness.writeAll(mirror('md5', { state: 'broken' }))
  const { zpools } = await stateOf(harness)
  expect(zpools?.md5).toEqual({
    size: '99.9G',
    alloc: '-',
    free: '-',
    capacity: '-',
    health: 'FAULTED',
    frag: '-',
    expandsz: '-',
    dedup: '1.00x',
    altroot: '-',
    priority: '9 - Urgent',
  })
})

test('where only /proc/mdstat can be read, a missing disk is seen there', async () => {
  const harness = begin()
  harness.write(
    '/proc/mdstat',
    `Personalities : [raid1] [raid6] [raid5] [raid4]
md0 : active raid1 sdb1[1] sda1[0](F)
      104792064 blocks super 1.2 [2/1] [_U]
      bitmap: 1/1 pages [4KB], 65536KB chunk

md1 : active raid1 sdb2[1] sda2[0]
      104792064 blocks super 1.2 [2/2] [UU]

md127 : inactive sda[1](S) sdb[0](S)
      6306 blocks super external:imsm

unused devices: <none>
`,
  )
  const { zpools = {} } = await stateOf(harness)
  expect(Object.entries(zpools).map(([name, { health }]) => `${name} ${health}`)).toEqual([
    'md0 DEGRADED',
    'md1 ONLINE',
    'md127 ONLINE',
  ])
})

test('what is unknown raises no alarm: an inactive container, unreadable states, a host without /proc', async () => {
  const harness = begin()
  harness.writeAll({
    '/sys/block/md127/md/array_state': 'inactive',
    '/sys/block/md126/md/array_state': 'odd',
  })
  harness.write('/proc/self/mountinfo', 'not understood\n')
  expect((await stateOf(harness)).priority).toBe('0 - Information')
  const bare = begin()
  bare.write('/proc/self/mountinfo', '1 0 8:1 / /gone rw - ext4 /dev/sda1 rw\n')
  expect(await stateOf(bare)).toEqual({ hostname: 'vm2', priority: '0 - Information' })
  expect(bare.runner.status().health?.details.faults).toEqual([expect.stringContaining('/gone: ENOENT')])
})

test('errors that ext4 has found and devices that btrfs misses degrade the file system', async () => {
  const harness = begin()
  harness.mount(ROOT, '33 22 0:44 / /data rw - btrfs /dev/sdc rw')
  harness.writeAll({
    '/sys/fs/ext4/sda1/errors_count': '2',
    '/sys/fs/btrfs/0b1c/devices/sdc': '',
    '/sys/fs/btrfs/0b1c/devinfo/1/missing': '0',
    '/sys/fs/btrfs/0b1c/devinfo/2/missing': '1',
  })
  const { zpools = {} } = await stateOf(harness)
  expect(Object.entries(zpools).map(([name, { health }]) => `${name} ${health}`)).toEqual([
    '/ DEGRADED',
    '/data DEGRADED',
  ])
})

test.each([
  [0, '0'],
  [512, '512'],
  [1024, '1K'],
  [1536, '1.50K'],
  [13.1 * 2 ** 30, '13.1G'],
  [107 * 2 ** 30, '107G'],
  [107.4 * 2 ** 30, '107G'],
  [2 ** 60 * 3, '3E'],
])('%d bytes are written as %s', (bytes, text) => {
  expect(humanSize(bytes)).toBe(text)
})
