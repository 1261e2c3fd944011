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

const job = { commands: ['seq 1 1000'] }
const list = () => hub.client.request<{ jobs: JobInfo[] }>('jobs.list', {})

it('many jobs that wait, and are listed, hold nobody up', () =>
  holdsNobodyUp(hub, async () => {
    await Promise.all(Array.from({ length: 40 }, () => hub.client.request('jobs.run', job)))
    await times(10, list)
    await expect.poll(async () => (await list()).jobs.every(({ state }) => state === 'finished')).toBe(true)
  }))
