import { ROOT_CONTEXT, SpanKind, TraceFlags, trace } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  type ReadableLogRecord,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs'
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'

/** Things that the SDK of OpenTelemetry has made, with all kinds of values. */

export const TRACE = '0af7651916cd43dd8448eb211c80319c'
export const SPAN = 'b7ad6b7169203331'

export const resource = resourceFromAttributes({
  'service.name': 'shop',
  'host.name': 'web1',
  'process.pid': 4711,
})
export const attributes = {
  text: 'größer',
  number: 7,
  negative: -7,
  ratio: 0.25,
  large: 2 ** 50,
  yes: true,
  no: false,
  list: ['a', 'b'],
  numbers: [1, 2.5],
  nested: { deep: { deeper: [{ bottom: 1 }] } },
}

export async function logRecords(count = 1): Promise<readonly ReadableLogRecord[]> {
  const exporter = new InMemoryLogRecordExporter()
  const provider = new LoggerProvider({ resource, processors: [new SimpleLogRecordProcessor({ exporter })] })
  const logger = provider.getLogger('checkout', '1.2.3')
  const context = trace.setSpanContext(ROOT_CONTEXT, {
    traceId: TRACE,
    spanId: SPAN,
    traceFlags: TraceFlags.SAMPLED,
  })
  for (let nth = 0; nth < count; nth++)
    logger.emit({
      timestamp: 1_700_000_000_000 + nth,
      observedTimestamp: 1_700_000_001_000,
      severityNumber: 17,
      severityText: 'ERROR',
      eventName: 'payment.failed',
      body: `payment ${nth} failed`,
      attributes,
      context,
    })
  await provider.forceFlush()
  return exporter.getFinishedLogRecords()
}

export async function spans(): Promise<readonly ReadableSpan[]> {
  const exporter = new InMemorySpanExporter()
  const provider = new TracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  const span = provider.getTracer('checkout', '1.2.3').startSpan('pay', {
    kind: SpanKind.SERVER,
    startTime: 1_700_000_000_000,
    attributes: { 'http.route': '/pay' },
    links: [{ context: { traceId: TRACE, spanId: SPAN, traceFlags: 1 }, attributes: { why: 'retry' } }],
  })
  span.addEvent('exception', { 'exception.message': 'no money' }, 1_700_000_000_500)
  span.setStatus({ code: 2, message: 'no money' })
  span.end(1_700_000_001_000)
  await provider.forceFlush()
  return exporter.getFinishedSpans()
}
