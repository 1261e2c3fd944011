// Runs on each supported Node.js: HTTP parsing and its limits.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'
import { Receiver } from '../../../sinks/receiver.js'
import { QUICK, SinkHub } from '../../../sinks/sink-hub.js'

const collector = ({ port }: Receiver, more = {}) => ({
  collector: {
    type: 'otlp' as const,
    url: `http://127.0.0.1:${port}/otlp/`,
    filter: ['a/', 'ncs/progress', 'ncs/commit_progress/'],
    metrics: 'off' as const,
    retry: QUICK,
    ...more,
  },
})

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

interface Attribute {
  key: string
  value: unknown
}

const bodiesOf = (receiver: Receiver, path: string) =>
  receiver.got.filter(({ url }) => url === path).map(({ body }) => JSON.parse(body))
const logsOf = (receiver: Receiver) =>
  bodiesOf(receiver, '/otlp/v1/logs').flatMap((body) => body.resourceLogs[0].scopeLogs[0].logRecords)
const spansOf = (receiver: Receiver) =>
  bodiesOf(receiver, '/otlp/v1/traces').flatMap((body) => body.resourceSpans[0].scopeSpans[0].spans)
const metricsOf = (receiver: Receiver) =>
  bodiesOf(receiver, '/otlp/v1/metrics').map((body) => body.resourceMetrics[0].scopeMetrics[0].metrics)
const attribute = (attributes: Attribute[], name: string) => attributes.find(({ key }) => key === name)?.value

it('an event is a record of a log with its severity, its summary and its data', async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(collector(receiver))
  await using client = await hub.test.connect()
  const data = { severity: 'crit', message: 'disk full', free: 0, ratio: 0.5, tags: ['x', null], ok: false }
  const { cursor } = await client.publish('a/disk', data)
  await receiver.until(() => logsOf(receiver).length === 1)
  const [record] = logsOf(receiver)
  expect(record).toMatchObject({
    timeUnixNano: expect.stringMatching(/^\d{19}$/),
    observedTimeUnixNano: expect.stringMatching(/^\d{19}$/),
    severityNumber: 18,
    severityText: 'crit',
    body: { stringValue: expect.stringContaining('disk full') },
  })
  expect(attribute(record.attributes, 'tocsin.tag')).toEqual({ stringValue: 'a/disk' })
  expect(attribute(record.attributes, 'tocsin.cursor')).toEqual({ stringValue: cursor })
  expect(attribute(record.attributes, 'tocsin.data')).toEqual({
    kvlistValue: {
      values: [
        { key: 'severity', value: { stringValue: 'crit' } },
        { key: 'message', value: { stringValue: 'disk full' } },
        { key: 'free', value: { intValue: '0' } },
        { key: 'ratio', value: { doubleValue: 0.5 } },
        { key: 'tags', value: { arrayValue: { values: [{ stringValue: 'x' }, {}] } } },
        { key: 'ok', value: { boolValue: false } },
      ],
    },
  })
  const [{ resourceLogs }] = bodiesOf(receiver, '/otlp/v1/logs')
  expect(attribute(resourceLogs[0].resource.attributes, 'service.name')).toEqual({ stringValue: 'tocsin' })
  expect(receiver.got[0].headers).toMatchObject({
    'content-type': 'application/json',
    'content-encoding': 'gzip',
  })
})

it('a record has the time that the event says, to the microsecond', async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(collector(receiver))
  await using client = await hub.test.connect()
  await client.publish('a/1', 1, { attributes: { time: '2026-11-20T06:00:00.123456+01:00' } })
  await receiver.until(() => logsOf(receiver).length === 1)
  const [{ timeUnixNano, observedTimeUnixNano }] = logsOf(receiver)
  expect(timeUnixNano).toBe(`${Date.parse('2026-11-20T05:00:00.123Z')}456000`)
  expect(observedTimeUnixNano).not.toBe(timeUnixNano)
})

it('a record belongs to the trace of its event', async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(collector(receiver))
  await using client = await hub.test.connect()
  await client.publish('a/1', 1, { attributes: { traceparent: `00-${TRACE}-${SPAN}-01` } })
  await receiver.until(() => logsOf(receiver).length === 1)
  expect(logsOf(receiver)[0]).toMatchObject({ traceId: TRACE, spanId: SPAN })
})

it('work that has ended is a span, and its begin a record of a log', async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(collector(receiver))
  await using client = await hub.test.connect()
  const common = { trace_id: TRACE, span_id: SPAN, parent_span_id: '00f067aa0ba902b7', num_links: 0 }
  await client.publish('ncs/progress/validate', { ...common, type: 1, timestamp: 1_700_000_000_000_000 })
  await client.publish('ncs/progress/validate', {
    ...common,
    type: 2,
    timestamp: 1_700_000_001_000_000,
    duration: 1_000_000,
    subsystem: 'cdb',
    msg: 'validate',
    annotation: 'TCN_CONFIG_INVALID',
    attributes: [{ name: 'leaves', type: 2, number: 7 }],
    num_links: 1,
    links: [{ trace_id: TRACE, span_id: '1111111111111111' }],
  })
  await receiver.until(() => spansOf(receiver).length === 1 && logsOf(receiver).length === 1)
  const [{ attributes, ...span }] = spansOf(receiver)
  expect(span).toEqual({
    traceId: TRACE,
    spanId: SPAN,
    parentSpanId: '00f067aa0ba902b7',
    name: 'validate',
    kind: 1,
    startTimeUnixNano: '1700000000000000000',
    endTimeUnixNano: '1700000001000000000',
    links: [{ traceId: TRACE, spanId: '1111111111111111' }],
    status: { code: 2, message: 'TCN_CONFIG_INVALID' },
  })
  expect(attribute(attributes, 'leaves')).toEqual({ intValue: '7' })
})

it('the end of a phase of a commit is a span of the trace that NSO names by a UUID', async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(collector(receiver))
  await using client = await hub.test.connect()
  const trace_id = '4bf92f35-77b3-4da6-a3ce-929d0e0e4736'
  const common = { trace_id, span_id: SPAN, timestamp: 1_700_000_001_000_000, msg: 'validate' }
  await client.publish('ncs/commit_progress/cdb', { ...common, type: 2 })
  await receiver.until(() => spansOf(receiver).length === 1)
  expect(spansOf(receiver)).toMatchObject([{ traceId: trace_id.replaceAll('-', ''), name: 'validate' }])
})

it('the metrics of the hub follow in their own rhythm, and count from its start', async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(collector(receiver, { metrics: '1s' }))
  await hub.publish('a/1', 'a/2', 'a/3')
  await receiver.until(() => metricsOf(receiver).length === 2)
  const named = (name: string) =>
    metricsOf(receiver)[1].find((metric: { name: string }) => metric.name === name)
  const { sum, unit } = named('tocsin_events_accepted_total')
  expect(unit).toBe('1')
  expect(named('tocsin_publish_latency_seconds').unit).toBe('s')
  expect(named('process_resident_memory_bytes').unit).toBe('By')
  expect(sum).toMatchObject({ isMonotonic: true, aggregationTemporality: 2 })
  expect(sum.dataPoints[0].asDouble).toBeGreaterThanOrEqual(3)
  expect(BigInt(sum.dataPoints[0].startTimeUnixNano)).toBeLessThan(BigInt(sum.dataPoints[0].timeUnixNano))
  const [{ count, bucketCounts, explicitBounds }] = named('tocsin_publish_latency_seconds').histogram
    .dataPoints
  expect(bucketCounts).toHaveLength(explicitBounds.length + 1)
  const total = bucketCounts.reduce((all: number, each: string) => all + Number(each), 0)
  expect(total).toBe(Number(count))
  expect(named('process_resident_memory_bytes').gauge.dataPoints[0].asDouble).toBeGreaterThan(0)
})

it('what the collector refuses is parked, and metrics that it refuses are counted and reported', async () => {
  await using receiver = await Receiver.start()
  receiver.answer = 400
  await using hub = await SinkHub.start(
    collector(receiver, { metrics: '1s', retry: { ...QUICK, tries: 1 }, batch: { events: 1 } }),
  )
  await using client = await hub.test.connect()
  const reports = client.subscribe('hub/sink/collector', { from: 'start' }).events()
  await hub.publish('a/1')
  const states = new Set<string>()
  for await (const { data } of reports) {
    const { state, reason } = data as { state: string; reason: string }
    states.add(reason.startsWith('metrics') ? `metrics ${state}` : state)
    if (states.has('parked') && states.has('metrics retrying')) break
  }
  receiver.answer = 200
  for await (const { data } of client.subscribe('hub/sink/collector', { from: 'start' }).events()) {
    if ((data as { state: string; reason: string }).reason === 'metrics') break
  }
  const [{ parked, failures }] = await hub.sinks()
  expect(parked).toBe(1)
  expect(failures).toBeGreaterThanOrEqual(1)
})

it('a token goes into the header, further headers too', async () => {
  await using receiver = await Receiver.start()
  const bearerFile = join(temporaryFolder('otlp'), 'token')
  writeFileSync(bearerFile, 'open sesame\n')
  await using hub = await SinkHub.start(
    collector(receiver, { bearerFile, headers: { 'X-Scope-OrgID': 'ops' } }),
  )
  await hub.publish('a/1')
  await receiver.until(() => receiver.got.length === 1)
  expect(receiver.got[0].headers).toMatchObject({
    authorization: 'Bearer open sesame',
    'x-scope-orgid': 'ops',
  })
})

it('deep data becomes text where collectors would refuse it', async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(collector(receiver))
  await using client = await hub.test.connect()
  let deep: unknown = 'bottom'
  for (let n = 0; n < 60; n++) deep = [deep]
  await client.publish('a/deep', { deep, huge: 2n ** 64n - 1n, bytes: Buffer.from('x') })
  await receiver.until(() => logsOf(receiver).length === 1)
  const text = JSON.stringify(attribute(logsOf(receiver)[0].attributes, 'tocsin.data'))
  expect(text).toContain('{"stringValue":"…"}')
  expect(text).not.toContain('bottom')
  expect(text).toContain('{"stringValue":"18446744073709551615"}')
  expect(text).toContain('{"bytesValue":"eA=="}')
  const levels = (value: unknown): number =>
    typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(levels)) : 0
  expect(levels(bodiesOf(receiver, '/otlp/v1/logs')[0])).toBeLessThanOrEqual(100)
})
