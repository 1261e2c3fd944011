import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'

let hub: TestHub
const tokens = new Map<string, string>()

beforeAll(async () => {
  const principals = { ops: { monitor: true }, reader: { see: '*' } } as const
  hub = await startTestHub({ http: true, config: { principals } })
  await using admin = await hub.connect()
  for (const principal of ['ops', 'reader'])
    tokens.set(principal, (await admin.request('tokens.add', { name: principal, principal })).token)
})

afterAll(() => hub?.close())

const health = (as: string) =>
  fetch(`${hub.http}/v1/health`, { headers: { authorization: `Bearer ${tokens.get(as)}` } })

it('says over HTTP, to the method and in the status of the hub the same about its health', async () => {
  await using client = await hub.connect()
  const { text, level, parts } = await (await health('ops')).json()
  expect(text).toBe(parts.map((part: { text: string }) => part.text).join(' · '))
  expect(level).toBe(parts[0].level)
  const of = (said: { text: string }) => said.text.replace(/\d.*/, '')
  expect(of(await client.request('hub.health', {}))).toBe(of({ text }))
  const { headline } = await client.request('hub.status', {})
  expect(of(headline ?? { text: '' })).toBe(of({ text }))
})

it('says nothing of it to those who may not monitor the hub', async () => {
  const answer = await health('reader')
  expect(answer.status).toBe(403)
  expect(await answer.text()).not.toContain('all is well')
})
