import { SpanKind } from '@opentelemetry/api'
import { OTLPLogExporter as JsonLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterEach, expect, it } from 'vitest'
import { attributes, resource } from '../../protocols/otlp/genuine.js'
import { OtlpHarness, TOKEN } from './harness.js'

let harness: OtlpHarness
afterEach(() => harness.close())

async function start(): Promise<{ url: string; headers: Record<string, string>; traces: string }> {
  harness = new OtlpHarness()
  await harness.start()
  return {
    url: harness.url('logs'),
    traces: harness.url('traces'),
    headers: { authorization: `Bearer ${TOKEN}` },
  }
}

const exporters = { json: JsonLogExporter, protobuf: OTLPLogExporter } as const

it.each([
  ['json', 'none'],
  ['json', 'gzip'],
  ['protobuf', 'none'],
  ['protobuf', 'gzip'],
] as const)(
  'records of the genuine exporter become events (%s, compression %s)',
  async (form, compression) => {
    const { url, headers } = await start()
    const exporter = new exporters[form]({ url, headers, compression: compression as never })
    const provider = new LoggerProvider({ resource, processors: [new BatchLogRecordProcessor({ exporter })] })
    const logger = provider.getLogger('checkout', '1.2.3')
    for (let nth = 0; nth < 1_000; nth++)
      logger.emit({
        timestamp: 1_700_000_000_000 + nth,
        severityNumber: 17,
        severityText: 'ERROR',
        eventName: 'payment.failed',
        body: nth === 0 ? { amount: 7 } : `payment ${nth} failed`,
        attributes,
      })
    await provider.shutdown()
    expect(harness.events).toHaveLength(1_000)
    expect(harness.events[1]).toEqual({
      tag: 'log/shop',
      attributes: { time: '2023-11-14T22:13:20.001000Z' },
      data: {
        time: '2023-11-14T22:13:20.001000Z',
        severity: 'err',
        message: 'payment 1 failed',
        event: 'payment.failed',
        level: 'ERROR',
        service: 'shop',
        host: 'web1',
        resource: { 'service.name': 'shop', 'host.name': 'web1', 'process.pid': 4711 },
        scope: { name: 'checkout', version: '1.2.3' },
        attributes,
      },
    })
    expect(harness.events[0].data).toMatchObject({ body: { amount: 7 } })
  },
)

it('spans of the genuine exporter become events, and so does what has happened in them', async () => {
  const { traces, headers } = await start()
  const exporter = new OTLPTraceExporter({ url: traces, headers })
  const provider = new TracerProvider({ resource, spanProcessors: [new BatchSpanProcessor({ exporter })] })
  const span = provider.getTracer('checkout').startSpan('pay', {
    kind: SpanKind.SERVER,
    startTime: 1_700_000_000_000,
    attributes: { 'http.route': '/pay' },
  })
  span.addEvent('exception', { 'exception.message': 'no money' }, 1_700_000_000_500)
  span.setStatus({ code: 2, message: 'declined' })
  span.end(1_700_000_001_500)
  await provider.shutdown()
  const { traceId, spanId } = span.spanContext()
  expect(harness.events).toMatchObject([
    {
      tag: 'event/shop',
      attributes: { time: '2023-11-14T22:13:20.500000Z' },
      data: {
        severity: 'err',
        message: 'no money',
        name: 'exception',
        of: 'pay',
        trace: traceId,
        span: spanId,
      },
    },
    {
      tag: 'span/shop',
      attributes: { time: '2023-11-14T22:13:21.500000Z' },
      data: {
        severity: 'err',
        status: 'error',
        message: 'declined',
        name: 'pay',
        kind: 'server',
        since: '2023-11-14T22:13:20.000000Z',
        seconds: 1.5,
        attributes: { 'http.route': '/pay' },
        trace: traceId,
        span: spanId,
      },
    },
  ])
})

it('the genuine exporter sends again what the hub could not store, and nothing is stored twice', async () => {
  const { url, headers } = await start()
  const exporter = new OTLPLogExporter({ url, headers })
  const provider = new LoggerProvider({ resource, processors: [new BatchLogRecordProcessor({ exporter })] })
  let left = 3
  const publish = harness.host.publish.bind(harness.host)
  harness.host.publish = (event) => (left-- === 0 ? false : publish(event))
  for (let nth = 0; nth < 10; nth++) provider.getLogger('l').emit({ body: `line ${nth}` })
  await provider.shutdown()
  expect(harness.events.map(({ data }) => data.message)).toEqual(
    Array.from({ length: 10 }, (_, nth) => `line ${nth}`),
  )
})
