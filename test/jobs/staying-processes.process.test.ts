import { type ChildProcess, spawn } from 'node:child_process'
import { afterEach, expect, it } from 'vitest'
import { finishCutShort } from '../../src/jobs/cut-short.js'
import type { Job } from '../../src/jobs/job.js'
import { ProcessEnder } from '../../src/processes/end-processes.js'
import type { ProcessSearch } from '../../src/processes/process-search.js'
import type { ProcessStat } from '../../src/processes/process-table.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'

let child: ChildProcess | undefined
afterEach(() => void child?.kill('SIGKILL'))

/** A process that no signal reaches: its number is that of another one, which was started later. */
function unreachable(): ProcessStat {
  child = spawn('sleep', ['1000'], { stdio: 'ignore' })
  return { pid: child.pid!, start: 1, parent: 1, group: 1, session: 1, state: 'D' } as unknown as ProcessStat
}

async function finished(runtime: FakeRuntime, work: Promise<unknown>): Promise<void> {
  let isDone = false
  void work.then(() => {
    isDone = true
  })
  await expect
    .poll(async () => {
      await runtime.pass(100)
      return isDone
    })
    .toBe(true)
}

it('a process that not even KILL ends is named as one that stays, and nobody waits for it', async () => {
  const runtime = new FakeRuntime()
  const stat = unreachable()
  const ender = new ProcessEnder({ runtime, killAfter: 1_000, find: async () => [stat] })
  await finished(runtime, ender.run())
  expect(ender.left).toEqual({
    count: 1,
    processes: [{ pid: stat.pid, command: 'sleep 1000', end: 'stays' }],
  })
})

it('a process that ends late is not one that stays', async () => {
  const runtime = new FakeRuntime()
  const stat = unreachable()
  const end = runtime.monotonic() + 3_000
  const find = async () => (runtime.monotonic() < end ? [stat] : [])
  const ender = new ProcessEnder({ runtime, killAfter: 1_000, find })
  await finished(runtime, ender.run())
  expect(ender.left.processes).toMatchObject([{ end: 'killed' }])
})

it('the record of a job that a crash has cut short says how many of its processes stay', async () => {
  const runtime = new FakeRuntime()
  const stat = unreachable()
  const search = { find: async () => [stat] } as unknown as ProcessSearch
  const job = { run: 'r', state: 'running', outputBytes: 0, partBytes: 1024 } as unknown as Job
  const done = finishCutShort(job, { runtime, search }, { folder: undefined, killAfter: 1_000 })
  await finished(runtime, done)
  expect(await done).toMatchObject({
    state: 'finished',
    reason: 'the hub ended while it ran; 1 processes that were left have been ended, but for 1',
    left: { count: 1, processes: [{ end: 'stays' }] },
  })
})
