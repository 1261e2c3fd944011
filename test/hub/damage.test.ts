import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { Damage } from '../../src/hub/damage.js'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'
import type { HubStatus } from '../../src/methods/contract/index.js'

let data: string

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'tocsin-damage-'))
  onTestFinished(() => rmSync(data, { recursive: true, force: true }))
})

async function withHub<Result>(use: (hub: TestHub) => Promise<Result>): Promise<Result> {
  const hub = await startTestHub({ data })
  hub.hub.start()
  try {
    return await use(hub)
  } finally {
    await hub.close()
  }
}

async function statusOf(hub: TestHub): Promise<HubStatus> {
  const client = await hub.connect()
  try {
    return (await client.request('hub.status', {})) as HubStatus
  } finally {
    await client.close()
  }
}

/** Returns the tag and data of the events that the hub has stored under the prefix. */
async function eventsOf(hub: TestHub, prefix: string): Promise<{ tag: string; data: unknown }[]> {
  const client = await hub.connect()
  const found: { tag: string; data: unknown }[] = []
  for await (const { tag, data } of client.read(prefix, { from: 'start' }).events()) found.push({ tag, data })
  await client.close()
  return found
}

async function publishSome(hub: TestHub): Promise<void> {
  const client = await hub.connect()
  for (let nth = 0; nth < 5; nth++) await client.publish('a/b', { nth })
  await client.close()
}

test('a log whose newest segment is gone is told to the operator, in the status and by one event', async () => {
  await withHub(publishSome)
  rmSync(join(data, 'log', 'segments'), { recursive: true })
  await withHub(async (hub) => {
    const missing = expect.stringMatching(/^the newest events of the log are missing: at most @1 to @\d+\./)
    expect(hub.hub.notes).toEqual([missing])
    expect((await statusOf(hub)).damage).toEqual([missing])
    const [event, ...others] = await eventsOf(hub, 'hub/log/')
    expect(event).toEqual({ tag: 'hub/log/damage', data: { from: 1, to: expect.any(Number) } })
    expect(others).toEqual([])
  })
  await withHub(async (hub) => {
    expect(hub.hub.notes).toEqual([])
    expect(await eventsOf(hub, 'hub/log/')).toHaveLength(1)
  })
})

test('findings beyond the first fifty are counted', () => {
  const damage = new Damage()
  const events: unknown[] = []
  for (let nth = 0; nth < 60; nth++) damage.add(`finding ${nth}`, { tag: `hub/test/${nth}`, data: null })
  damage.announce((event) => events.push(event))
  expect(events).toHaveLength(50)
  expect(damage.texts).toHaveLength(51)
  expect(damage.texts.at(-1)).toBe('10 more findings like these')
})
