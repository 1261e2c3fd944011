import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '../../src/client/index.js'
import { HubProcess, lines } from './hub-process.js'

let hub: HubProcess
/** Two minutes of a morning that is long over. */
const period = ['--from', '2026-01-02T08:00:00Z', '--to', '2026-01-02T08:02:00Z']

beforeAll(async () => {
  hub = await HubProcess.start()
  await using client = await connect({ address: hub.socket })
  for (const [n, time] of ['08:01:30', '08:03:00', '08:00:10', '08:01:00'].entries())
    await client.publish('shop/late', { n }, { ack: 'durable', attributes: { time: `2026-01-02T${time}Z` } })
})
afterAll(() => hub[Symbol.asyncDispose]())

const read = (...more: string[]) => hub.tocsin(['read', 'shop/', ...period, '--fields', 'data.n', ...more])

test('read says that events of the period were stored later, and shows them in their order with --event-time', async () => {
  const stored = await read()
  expect(stored.stdout).toBe('')
  expect(stored.stderr).toContain('3 events of this time were stored later; --event-time shows them')
  const { code, stdout, stderr } = await read('--event-time')
  expect({ code, stdout: lines(stdout) }).toEqual({ code: 0, stdout: ['2', '3', '0'] })
  expect(stderr).not.toContain('stored later')
  expect(lines((await read('--event-time', '-r', '-n', '2')).stdout)).toEqual(['0', '3'])
})

test('values and histograms of a period count what happened in it', async () => {
  const asked = ['shop/', ...period, '--event-time', '--format', 'json']
  const values = await hub.tocsin(['values', 'data.n', ...asked])
  expect(JSON.parse(values.stdout)).toMatchObject({ total: 3, exact: true })
  const histogram = await hub.tocsin(['histogram', ...asked])
  expect(histogram.code).toBe(0)
  const counted = await hub.tocsin(['values', 'data.n', 'shop/', ...period])
  expect(counted.stderr).toContain('3 events of this time were stored later')
})

test('explain and tags of a period look at what happened in it', async () => {
  const explained = await hub.tocsin(['explain', 'shop/', ...period, '--event-time'])
  expect(explained.stdout).toContain('3 of 3 events match')
  expect((await hub.tocsin(['explain', 'shop/', ...period])).stdout).toContain('0 of 0 events match')
  const tags = await hub.tocsin(['tags', 'shop/', ...period, '--event-time', '--format', 'json'])
  expect(JSON.parse(tags.stdout)).toMatchObject({ tags: [{ text: 'shop/late', count: 3 }] })
})

test('an order that only stored events have is refused together with --event-time', async () => {
  const { code, stderr } = await read('--event-time', '--follow')
  expect(code).toBe(2)
  expect(stderr).toContain('--follow')
})
