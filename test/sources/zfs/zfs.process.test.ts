import { expect, test } from 'vitest'
import { runProgram } from '../../../src/sources/run-program.js'
import { NoZfs, ZfsTools } from '../../../src/sources/zfs/command.js'
import { ZfsEventParser } from '../../../src/sources/zfs/events.js'
import { listPools } from '../../../src/sources/zfs/pools.js'
import { listSnapshots } from '../../../src/sources/zfs/snapshots.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { ALL, notLoaded, OLD, openZfs, printed, recorded, zfsFuse } from './recorded.js'

const toolsOf = (answers: Parameters<typeof recorded>[0]) => new ZfsTools(realRuntime, recorded(answers).run)

test('the nine texts of a pool are those that OpenZFS 2.1 and newer print', async () => {
  expect(Object.fromEntries(await listPools(toolsOf(openZfs)))).toEqual({
    tank: {
      size: '112M',
      alloc: '476K',
      free: '112M',
      frag: '2%',
      expandsz: '-',
      dedup: '1.00x',
      altroot: '-',
      capacity: '0%',
      health: 'ONLINE',
    },
  })
})

test('a release that does not know two of the columns, as zfs-fuse 0.7, is asked again without them', async () => {
  const { run, asked } = recorded(zfsFuse)
  const pools = await listPools(new ZfsTools(realRuntime, run))
  expect(asked).toEqual([ALL, OLD])
  expect(pools.get('tank')).toEqual({
    size: '95.5M',
    alloc: '198K',
    free: '95.3M',
    frag: '-',
    expandsz: '-',
    dedup: '1.00x',
    altroot: '-',
    capacity: '0%',
    health: 'DEGRADED',
  })
})

test('a host without pools has none, and one without the modules has no ZFS', async () => {
  expect((await listPools(toolsOf({ [ALL]: printed('') }))).size).toBe(0)
  await expect(listPools(toolsOf(notLoaded))).rejects.toThrow(new NoZfs('The ZFS modules are not loaded.'))
})

test('a program that is not installed is no ZFS', async () => {
  const tools = new ZfsTools(new FakeRuntime(), (_, args) => runProgram('tocsin-no-such-program', args))
  await expect(tools.ask('zpool', ['list'])).rejects.toBeInstanceOf(NoZfs)
})

test('while a tool does not answer, no other is started', async () => {
  const runtime = new FakeRuntime()
  let started = 0
  const tools = new ZfsTools(runtime, () => {
    started++
    return new Promise(() => {})
  })
  const first = tools.ask('zpool', ['list']).catch((error) => error.message)
  const second = tools.ask('zfs', ['list']).catch((error) => error.message)
  await runtime.pass(11_000)
  expect(await first).toBe('not done within 11 s')
  expect(await second).toBe('zpool list does not answer')
  expect(started).toBe(1)
})

test('snapshots have exact times from OpenZFS, and those of the minute from zfs-fuse', async () => {
  expect(await listSnapshots(toolsOf(openZfs))).toEqual({
    precision: 1000,
    snapshots: [
      {
        pool: 'tank',
        dataset: 'tank/home',
        name: 'auto-2026-11-20-04-00-00',
        transaction: 42,
        created: 1795147200000,
      },
    ],
  })
  const { snapshots, precision } = await listSnapshots(toolsOf(zfsFuse))
  expect(precision).toBe(60_000)
  expect(snapshots.map(({ name, transaction }) => [name, transaction])).toEqual([
    ['a', 10],
    ['b', 15],
  ])
  expect(snapshots[0].created).toBe(new Date(2026, 10, 21, 16, 6).getTime())
})

test('events of pools are read however their output is cut', () => {
  const output = `Jul  5 2026 00:55:17.857487671 sysevent.fs.zfs.history_event
        version = 0x0
        class = "sysevent.fs.zfs.history_event"
        pool = "rpool"
        history_dsname = "rpool/home@auto"
        history_internal_str = "snap=auto"
        history_internal_name = "finish receiving"
        time = 0x6a498f55 0x156d368d

Jul  5 2026 00:55:18.000000001 ereport.fs.zfs.vdev.open_failed
        pool = "rpool"

`
  const whole = new ZfsEventParser().add(output)
  expect(whole.map((event) => [event.class, event.fields.pool])).toEqual([
    ['sysevent.fs.zfs.history_event', 'rpool'],
    ['ereport.fs.zfs.vdev.open_failed', 'rpool'],
  ])
  expect(whole[0].fields.history_internal_name).toBe('finish receiving')
  const parser = new ZfsEventParser()
  expect([...output].flatMap((character) => parser.add(character))).toEqual(whole)
})
