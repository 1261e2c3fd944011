import { expect, test } from 'vitest'
import type { EventLog } from '../../../src/log/event-log.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { eventLogConformance } from '../../log/conformance/index.js'
import { append, frames, readAll } from '../../log/conformance/tools.js'
import { Disk, DiskLog } from './disk-log.js'

const disks = new WeakMap<EventLog, Disk>()

function open(disk = new Disk('disk')): EventLog {
  const log = new DiskLog(disk, realRuntime)
  disks.set(log, disk)
  return log
}

eventLogConformance({
  open: async () => open(),
  reopen: async (log) => {
    await log.close()
    return open(disks.get(log))
  },
})

test('a kill takes what no flush has ended, and its seqs are not used again', async () => {
  const runtime = new FakeRuntime()
  const disk = new Disk('kill')
  const log = new DiskLog(disk, runtime)
  const first = append(log, frames(3))
  void log.durable(3)
  await runtime.pass(1000)
  expect(await first).toBe(3)
  await append(log, frames(2))
  // The process has ended: its timers do nothing more.
  const next = new DiskLog(disk, new FakeRuntime())
  expect((await readAll(next, 1)).map(({ seq }) => seq)).toEqual([1, 2, 3])
  expect(await append(next, frames(1))).toBeGreaterThan(5)
  expect(next.lost).toMatchObject([{ from: 4 }])
})

test('a full disk refuses to be asked for durability, and what was taken is stored when there is room', async () => {
  const runtime = new FakeRuntime()
  const disk = new Disk('full')
  const log = new DiskLog(disk, runtime)
  disk.isFull = true
  await append(log, frames(2))
  const durable = log.durable(2).catch((error) => error.code)
  await runtime.pass(1000)
  expect(await durable).toBe('TCN_LOG_FULL')
  expect([log.flushed, log.last]).toEqual([0, 2])
  disk.isFull = false
  await runtime.pass(2000)
  await log.durable(2)
  expect(log.flushed).toBe(2)
  expect(disk.chunks.map(({ run }) => run.lastSeq)).toEqual([2])
})

test('a kill within a flush leaves all of it or a piece that is removed at the next start', async () => {
  const left = new Set<string>()
  for (let seed = 1; seed <= 8; seed++) {
    const runtime = new FakeRuntime()
    const disk = new Disk(`torn ${seed}`)
    const log = new DiskLog(disk, runtime)
    disk.onWriting = () => {
      disk.tear()
      return true
    }
    await append(log, frames(3))
    await runtime.pass(1000)
    const next = new DiskLog(disk, new FakeRuntime())
    left.add(String((await readAll(next, 1)).map(({ seq }) => seq)))
    expect(next.last === 3 || next.lost[0].from === 1).toBe(true)
  }
  expect([...left].sort()).toEqual(['', '1,2,3'])
})
