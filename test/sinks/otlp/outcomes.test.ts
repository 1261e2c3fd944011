import { expect, it } from 'vitest'
import { rejectedIn } from '../../../src/sinks/otlp/partial-success.js'
import { Receiver } from '../receiver.js'
import { QUICK, SinkHub } from '../sink-hub.js'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'
const BOTH = { events: 2, wait: '10m' }

const collector = ({ port }: Receiver, more = {}) => ({
  collector: {
    type: 'otlp' as const,
    url: `http://127.0.0.1:${port}`,
    filter: ['a/', 'ncs/progress'],
    metrics: 'off' as const,
    retry: QUICK,
    ...more,
  },
})

const stop = (more = {}) => ({
  type: 2,
  timestamp: 1_700_000_001_000_000,
  trace_id: TRACE,
  span_id: SPAN,
  ...more,
})

async function publish(hub: SinkHub, tag: string, data: unknown): Promise<void> {
  await using client = await hub.test.connect()
  await client.publish(tag, data)
}

/** What came to the address: log records by their tags, spans by their ids. Empty messages have none. */
function got(receiver: Receiver, path: string) {
  const bodies = receiver.got.filter(({ url }) => url === path).map(({ body }) => JSON.parse(body))
  const records = bodies.flatMap(({ resourceLogs }) => resourceLogs?.[0].scopeLogs[0].logRecords ?? [])
  const spans = bodies.flatMap(({ resourceSpans }) => resourceSpans?.[0].scopeSpans[0].spans ?? [])
  return { records, spans, tags: records.map(({ attributes }) => attributes[0].value.stringValue) }
}

it('spans that a server does not take are parked, and logs go on, each of them once', async () => {
  await using receiver = await Receiver.start()
  receiver.answer = ({ url }, response) => response.writeHead(url === '/v1/traces' ? 404 : 200).end()
  await using hub = await SinkHub.start(collector(receiver, { batch: BOTH }))
  await publish(hub, 'ncs/progress', stop())
  await hub.publish('a/1', 'a/2', 'a/3')
  const [{ parked }] = await hub.until(
    ([{ delivered, parkedEvents }]) => delivered === 3 && parkedEvents === 1,
  )
  expect(parked).toBe(1)
  expect(got(receiver, '/v1/logs').tags).toEqual(['a/1', 'a/2', 'a/3'])
  const { parked: list } = await hub.request<{ parked: object[] }>('parked.list')
  expect(list).toMatchObject([
    { tag: 'ncs/progress', reason: 'the server takes logs, but not traces: HTTP 404' },
  ])
})

it('records that a server for traces alone does not take are parked too', async () => {
  await using receiver = await Receiver.start()
  receiver.answer = ({ url }, response) => response.writeHead(url === '/v1/logs' ? 404 : 200).end()
  await using hub = await SinkHub.start(collector(receiver, { batch: { events: 1, wait: '0s' } }))
  await hub.publish('a/1')
  await publish(hub, 'ncs/progress', stop())
  await hub.until(([{ delivered, parkedEvents }]) => delivered === 1 && parkedEvents === 1)
  expect(got(receiver, '/v1/traces').spans).toHaveLength(1)
})

it('events wait for a server that takes no kind at all', async () => {
  await using receiver = await Receiver.start()
  receiver.answer = 404
  await using hub = await SinkHub.start(collector(receiver, { batch: { events: 1, wait: '0s' } }))
  await publish(hub, 'ncs/progress', stop())
  const [{ state, parked }] = await hub.until(([{ failures }]) => failures > 1)
  expect([state, parked]).toEqual(['retrying', 0])
  receiver.answer = 200
  await hub.until(([{ delivered }]) => delivered === 1)
})

it('logs are not sent again while spans wait', async () => {
  await using receiver = await Receiver.start()
  let attempts = 0
  receiver.answer = ({ url }, response) =>
    response.writeHead(url === '/v1/traces' && ++attempts < 4 ? 503 : 200).end()
  await using hub = await SinkHub.start(collector(receiver, { batch: BOTH }))
  await hub.publish('a/1')
  await publish(hub, 'ncs/progress', stop())
  await hub.until(([{ delivered }]) => delivered === 2)
  expect(got(receiver, '/v1/logs').tags).toEqual(['a/1'])
  expect(attempts).toBe(4)
})

it('what a collector says it has not kept is counted and reported, and not sent again', async () => {
  await using receiver = await Receiver.start()
  const partialSuccess = { rejectedLogRecords: '1', errorMessage: 'too old' }
  receiver.answer = (_, response) => response.end(JSON.stringify({ partialSuccess }))
  await using hub = await SinkHub.start(collector(receiver))
  await using client = await hub.test.connect()
  await hub.publish('a/1')
  for await (const { data } of client.subscribe('hub/sink/collector', { from: 'start' }).events()) {
    expect(data).toMatchObject({ state: 'rejected', reason: 'logs: 1 not kept: too old', count: 1 })
    break
  }
  const [{ rejected, delivered }] = await hub.until(([sink]) => sink.delivered === 1)
  expect([rejected, delivered, receiver.got.length]).toEqual([1, 1, 1])
  await expect(hub.request('sinks.test', { name: 'collector' })).rejects.toThrow('not kept: too old')
})

it('the answer of a collector is read in the forms that servers write', () => {
  const answer = (partialSuccess: object) => rejectedIn(JSON.stringify({ partialSuccess }))
  expect(answer({ rejectedSpans: 2, errorMessage: 'no' })).toEqual({ count: 2, reason: 'no' })
  expect(answer({ rejectedDataPoints: '3' })).toEqual({ count: 3, reason: '' })
  expect(answer({ rejectedLogRecords: '0', errorMessage: 'a warning' })).toBeUndefined()
  expect(answer({ rejectedLogRecords: '-1' })).toBeUndefined()
  for (const text of ['', '{}', 'null', '{"partialSuccess":null}', '{"partial'])
    expect(rejectedIn(text)).toBeUndefined()
})

it('each kind can have an address of its own, and is then posted to exactly that', async () => {
  await using logs = await Receiver.start()
  await using traces = await Receiver.start()
  const urls = {
    logs: `http://127.0.0.1:${logs.port}/loki/otlp`,
    traces: `http://127.0.0.1:${traces.port}/tempo`,
  }
  await using hub = await SinkHub.start(collector(logs, { urls, batch: BOTH }))
  await hub.publish('a/1')
  await publish(hub, 'ncs/progress', stop())
  await hub.until(([{ delivered }]) => delivered === 2)
  expect(got(logs, '/loki/otlp').records).toHaveLength(1)
  expect(got(traces, '/tempo').spans).toHaveLength(1)
})

it('without traces, work that has ended is a record of a log', async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(collector(receiver, { kinds: ['logs'] }))
  await publish(hub, 'ncs/progress', stop())
  await hub.until(([{ delivered }]) => delivered === 1)
  expect(got(receiver, '/v1/logs').tags).toEqual(['ncs/progress'])
})

it('without logs, other events are left out', async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(collector(receiver, { kinds: ['traces'], batch: BOTH }))
  await hub.publish('a/1')
  await publish(hub, 'ncs/progress', stop())
  await hub.until(([{ delivered }]) => delivered === 2)
  expect(receiver.got.map(({ url }) => url)).toEqual(['/v1/traces'])
})

it('spans have ids that collectors accept, or are records', async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(collector(receiver))
  const uuid = '0AF76519-16cd-43dd-8448-eb211c80319c'
  const zero = '0'.repeat(16)
  const links = [
    { trace_id: uuid, span_id: SPAN },
    { trace_id: 'none', span_id: SPAN },
  ]
  await publish(hub, 'ncs/progress', stop({ trace_id: uuid, parent_span_id: zero, msg: '', links }))
  for (const bad of [{ span_id: zero }, { trace_id: '0'.repeat(32) }, { duration: -1 }, { links: 'none' }])
    await publish(hub, 'ncs/progress', stop(bad))
  await hub.until(([{ delivered }]) => delivered === 5)
  const { spans } = got(receiver, '/v1/traces')
  expect(spans).toHaveLength(1)
  expect(spans[0]).toMatchObject({ traceId: TRACE, spanId: SPAN, links: [{ traceId: TRACE, spanId: SPAN }] })
  expect(spans[0].name).not.toBe('')
  expect(spans[0]).not.toHaveProperty('parentSpanId')
  expect(got(receiver, '/v1/logs').records).toHaveLength(4)
})
