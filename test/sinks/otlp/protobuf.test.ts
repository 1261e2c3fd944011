import { expect, it } from 'vitest'
import { finished } from '../../../src/incremental/steps.js'
import { answerType, type OtlpKind, requestTypes } from '../../../src/protocols/otlp/messages.js'
import { readMessage } from '../../../src/protocols/protobuf/read-message.js'
import { writeMessage } from '../../../src/protocols/protobuf/write-message.js'
import { Receiver } from '../receiver.js'
import { QUICK, SinkHub } from '../sink-hub.js'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

const collector = ({ port }: Receiver, more = {}) => ({
  collector: {
    type: 'otlp' as const,
    url: `http://127.0.0.1:${port}`,
    encoding: 'protobuf' as const,
    filter: ['a/', 'ncs/progress'],
    metrics: 'off' as const,
    retry: QUICK,
    ...more,
  },
})

/** The messages of a kind that came, as objects with the names of OTLP's JSON. */
// biome-ignore lint/suspicious/noExplicitAny: they are what a foreign server reads.
function messagesOf(receiver: Receiver, kind: OtlpKind): any[] {
  return receiver.got
    .filter(({ url }) => url === `/v1/${kind}`)
    .map(({ bytes }) => finished(readMessage(bytes, requestTypes[kind].request)))
}
const recordsOf = (receiver: Receiver) =>
  messagesOf(receiver, 'logs').flatMap(({ resourceLogs }) => resourceLogs[0].scopeLogs[0].logRecords)

it('an event is a record of a log in Protocol Buffers', async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(collector(receiver))
  await using client = await hub.test.connect()
  const attributes = { traceparent: `00-${TRACE}-${SPAN}-01` }
  await client.publish('a/disk', { severity: 'crit', free: -1, bytes: Buffer.from([0, 255]) }, { attributes })
  await receiver.until(() => recordsOf(receiver).length === 1)
  expect(receiver.got[0].headers['content-type']).toBe('application/x-protobuf')
  const [record] = recordsOf(receiver)
  expect(record).toMatchObject({ severityNumber: 18, severityText: 'crit', traceId: TRACE, spanId: SPAN })
  expect(record.timeUnixNano).toBeGreaterThan(1n)
  const data = record.attributes.find(({ key }: { key: string }) => key === 'tocsin.data').value
  expect(data.kvlistValue.values).toEqual([
    { key: 'severity', value: { stringValue: 'crit' } },
    { key: 'free', value: { intValue: -1 } },
    { key: 'bytes', value: { bytesValue: Buffer.from([0, 255]) } },
  ])
  const [{ resourceLogs }] = messagesOf(receiver, 'logs')
  expect(resourceLogs[0].resource.attributes[0]).toEqual({
    key: 'service.name',
    value: { stringValue: 'tocsin' },
  })
})

it('a long event is whole, its data is a text', async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(collector(receiver))
  await using client = await hub.test.connect()
  const long = { lines: Array.from({ length: 20_000 }, (_, nth) => `line ${nth}`) }
  await client.publish('a/long', long)
  await client.publish('a/short', 1)
  await receiver.until(() => recordsOf(receiver).length === 2)
  const { key, value } = recordsOf(receiver)[0].attributes.at(-1)
  expect(key).toBe('tocsin.data')
  expect(JSON.parse(value.stringValue)).toEqual(long)
})

it('work that has ended is a span, and metrics come as well', async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(collector(receiver, { metrics: '1s' }))
  await using client = await hub.test.connect()
  const stop = { type: 2, timestamp: 1_700_000_001_000_000, trace_id: TRACE, span_id: SPAN, msg: 'validate' }
  await client.publish('ncs/progress', stop)
  await receiver.until(() =>
    ['/v1/traces', '/v1/metrics'].every((path) => receiver.got.some(({ url }) => url === path)),
  )
  const [{ resourceSpans }] = messagesOf(receiver, 'traces')
  expect(resourceSpans[0].scopeSpans[0].spans).toMatchObject([
    { traceId: TRACE, spanId: SPAN, name: 'validate', endTimeUnixNano: 1_700_000_001_000_000_000n },
  ])
  const [{ resourceMetrics }] = messagesOf(receiver, 'metrics')
  const { metrics } = resourceMetrics[0].scopeMetrics[0]
  expect(metrics.map(({ name }: { name: string }) => name)).toContain('tocsin_events_accepted_total')
})

it('what a collector says it has not kept is counted', async () => {
  await using receiver = await Receiver.start()
  const partialSuccess = { rejectedLogRecords: 1, errorMessage: 'too old' }
  receiver.answer = (_, response) => response.end(writeMessage({ partialSuccess }, answerType))
  await using hub = await SinkHub.start(collector(receiver))
  await hub.publish('a/1')
  const [{ rejected }] = await hub.until(([{ delivered }]) => delivered === 1)
  expect(rejected).toBe(1)
})
