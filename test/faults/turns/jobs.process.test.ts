import { afterAll, beforeAll, expect, it } from 'vitest'
import type { JobInfo } from '../../../src/methods/contract/index.js'
import { AttackedHub } from './attacked-hub.js'
import { holdsNobodyUp, times } from './expect-short-turns.js'

/** With a hub of its own: the kernel starts a process the slower the more memory the hub has. */
let hub: AttackedHub
beforeAll(async () => {
  hub = await AttackedHub.start()
})
afterAll(() => hub[Symbol.asyncDispose]())

const MOST = 1000
/** A thousand jobs are run before. */
const TIMEOUT = 180_000

const list = (limit?: number) => hub.client.request<{ jobs: JobInfo[] }>('jobs.list', { limit })
const run = (count: number, job: { commands: string[] }) =>
  Promise.all(Array.from({ length: count }, () => hub.client.request('jobs.run', job)))
const allFinished = () =>
  expect.poll(async () => (await list()).jobs.every(({ state }) => state === 'finished')).toBe(true)

it('many jobs that wait, and are listed, hold nobody up', () =>
  holdsNobodyUp(hub, async () => {
    await run(40, { commands: ['seq 1 1000'] })
    await times(10, () => list())
    await allFinished()
  }))

it(
  'jobs that start at once while a thousand others are kept, and are all listed at once',
  () =>
    holdsNobodyUp(
      hub,
      async () => {
        await run(32, { commands: ['seq 1 100'] })
        await Promise.all(Array.from({ length: 16 }, () => list(MOST)))
        await allFinished()
      },
      // A job without commands has finished as soon as it is accepted.
      () => times(MOST / 25, () => run(25, { commands: [] }).then(allFinished)),
    ),
  TIMEOUT,
)
