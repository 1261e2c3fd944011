import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Client } from '../../../src/client/index.js'
import { metricsCatalogue } from '../../../src/hub/metrics/catalogue.js'
import { startTestHub, type TestHub } from '../../../src/hub/testing.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

let hub: TestHub
let client: Client
let data: string

beforeEach(async () => {
  data = temporaryFolder('metrics')
  hub = await startTestHub({ data })
  client = await hub.connect()
})

afterEach(async () => {
  await client.close()
  await hub.close()
})

const catalogue = Object.entries(metricsCatalogue)

test('the exposed metrics are those of the catalogue, with their type and help', async () => {
  const families = familiesOf(await read())
  const ours = families.filter(({ name }) => name.startsWith('tocsin_'))
  expect(ours.map(({ name, type, help }) => ({ name, type, help }))).toEqual(
    catalogue.map(([name, { type, help }]) => ({ name, type, help })),
  )
  const foreign = families.filter(({ name }) => !/^(tocsin|process|nodejs)_/.test(name))
  expect(foreign).toEqual([])
  const misnamed = families.filter(({ name, type }) => type === 'gauge' && name.endsWith('_total'))
  expect(misnamed).toEqual([])
})

test('names end in the unit of their values, and counters in _total', () => {
  for (const [name, { type, unit }] of catalogue) {
    expect(name.endsWith('_total'), name).toBe(type === 'counter')
    if (['seconds', 'bytes'].includes(unit)) expect(name).toMatch(new RegExp(`_${unit}(_total)?$`))
  }
})

test('values have the labels of the catalogue and no others', async () => {
  await client.request('consumers.create', { name: 'c' })
  const { values } = parse(await read())
  for (const { name, labels } of values.filter(({ name }) => name.startsWith('tocsin_'))) {
    const family = name.replace(/_(bucket|sum|count)$/, '')
    const entry = catalogue.find(([known]) => known === name || known === family)?.[1]
    const allowed = entry?.type === 'histogram' && name.endsWith('_bucket') ? ['le'] : entry?.labels
    expect(Object.keys(labels).sort(), name).toEqual([...(allowed ?? [])].sort())
  }
})

test('events published and delivered are counted once, however often the metrics are read', async () => {
  const events = client.subscribe('a', { from: 'start' })
  const iterator = events.events()[Symbol.asyncIterator]()
  for (let n = 0; n < 3; n++) await client.publish('a', n, { ack: 'durable' })
  for (let n = 0; n < 3; n++) await iterator.next()
  for (let times = 0; times < 2; times++) {
    const { value } = parse(await read())
    expect(value('tocsin_events_accepted_total')).toBe(3)
    expect(value('tocsin_events_delivered_total')).toBe(3)
    expect(value('tocsin_log_last_seq')).toBe(3)
    expect(value('tocsin_publish_latency_seconds_count')).toBeGreaterThanOrEqual(1)
    expect(value('tocsin_subscribers', { state: 'live' })).toBe(1)
    expect(value('tocsin_connections', { face: 'native' })).toBeGreaterThanOrEqual(2)
    expect(value('tocsin_log_last_event_timestamp_seconds')).toBeGreaterThan(1.7e9)
    expect(value('tocsin_disk_free_bytes')).toBeGreaterThan(0)
    expect(value('tocsin_suspended')).toBe(0)
  }
  await iterator.return?.(undefined)
})

test('the buckets of the latency rise, and the last one counts all values', async () => {
  for (let n = 0; n < 5; n++) await client.publish('a', n)
  const { values, value } = parse(await read())
  const buckets = values.filter(({ name }) => name === 'tocsin_publish_latency_seconds_bucket')
  const counts = buckets.map(({ value }) => value)
  expect(counts).toEqual([...counts].sort((a, b) => a - b))
  expect(buckets.at(-1)?.labels).toEqual({ le: '+Inf' })
  expect(counts.at(-1)).toBe(value('tocsin_publish_latency_seconds_count'))
})

const lagOfOthers = (text: string) => parse(text).value('tocsin_consumer_lag_events', { consumer: 'other' })

test('the consumers furthest behind have their own series, and all others share one', async () => {
  await client.publish('a', 1, { ack: 'durable' })
  for (let n = 0; n < 12; n++) await client.request('consumers.create', { name: `late${n}`, from: 'start' })
  await client.request('consumers.create', { name: 'up-to-date' })
  const { values, value } = parse(await read())
  const lags = values.filter(({ name }) => name === 'tocsin_consumer_lag_events')
  expect(lags.length).toBe(11)
  // The event, and one for each consumer that was created.
  await expect.poll(async () => lagOfOthers(await read())).toBe(14)
  expect(lags.some(({ labels }) => labels.consumer === 'up-to-date')).toBe(false)
  expect(value('tocsin_consumers')).toBe(13)
})

test('OpenMetrics and Prometheus can be requested in turn and at the same time', async () => {
  const [open, classic] = await Promise.all([read('openmetrics'), read()])
  for (const text of [open, await read('openmetrics')]) {
    expect(text.endsWith('# EOF\n')).toBe(true)
    expect(text).toContain('# TYPE tocsin_events_accepted counter')
    expect(text).toMatch(/^tocsin_events_accepted_total \d/m)
  }
  for (const text of [classic, await read()]) {
    expect(text).not.toContain('# EOF')
    expect(text).toContain('# TYPE tocsin_events_accepted_total counter')
    expect(text).toMatch(/^process_cpu_seconds_total /m)
  }
})

test('a principal without the right admin cannot read metrics', async () => {
  await using other = await startTestHub({
    config: { principals: { low: { see: '*', source: 'low' } } },
    principal: 'low',
  })
  const low = await other.connect()
  await expect(low.request('metrics.read')).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
  await low.close()
})

async function read(format?: 'openmetrics' | 'prometheus'): Promise<string> {
  const answer = await client.request('metrics.read', { format })
  return (answer as { text: string }).text
}

function familiesOf(text: string): { name: string; help: string; type: string }[] {
  return [...text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)$/gm)].map(([, name, help, type]) => ({
    name,
    help,
    type,
  }))
}

interface Value {
  name: string
  labels: Record<string, string>
  value: number
}

function parse(text: string) {
  const values: Value[] = []
  for (const [, name, labels = '', value] of text.matchAll(/^([a-z]\w*)(?:\{(.*)\})? (\S+)$/gm)) {
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [key, text])
    values.push({ name, labels: Object.fromEntries(pairs), value: Number(value) })
  }
  const value = (name: string, labels: Record<string, string> = {}) =>
    values.find(
      (one) =>
        one.name === name && Object.entries(labels).every(([key, wanted]) => one.labels[key] === wanted),
    )?.value
  return { values, value }
}
