import { ValueType } from '@opentelemetry/api'
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import { expect, it } from 'vitest'
import { finished } from '../../../src/incremental/steps.js'
import { answerType, type OtlpKind, requestTypes } from '../../../src/protocols/otlp/messages.js'
import { readMessage } from '../../../src/protocols/protobuf/read-message.js'
import { writeMessage } from '../../../src/protocols/protobuf/write-message.js'
import { logRecords, resource, spans } from './genuine.js'

const read = (kind: OtlpKind, bytes: Uint8Array) => finished(readMessage(bytes, requestTypes[kind].request))

/** What the genuine JSON says, as protobuf has it: numbers are numbers, and what is 0 or empty is missing. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normal)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).flatMap(([key, each]) => {
    if (/UnixNano$|^count$|bucketCounts/.test(key)) return [[key, numbers(each)]]
    if (isAbsent(key, each)) return []
    return [[key, normal(each)]]
  })
  return Object.fromEntries(entries)
}

function numbers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(numbers)
  return BigInt(value as string)
}

function isAbsent(key: string, value: unknown): boolean {
  if (/Value$/.test(key)) return false
  return value === 0 || value === '' || value === undefined || (Array.isArray(value) && value.length === 0)
}

async function metrics(): Promise<ResourceMetrics> {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  const meter = new MeterProvider({ resource, readers: [reader] }).getMeter('checkout')
  meter.createCounter('paid', { unit: '1', valueType: ValueType.DOUBLE }).add(2.5, { card: 'x' })
  meter.createHistogram('seconds', { unit: 's', valueType: ValueType.DOUBLE }).record(0.7)
  meter.createGauge('free', { valueType: ValueType.DOUBLE }).record(1.5)
  await reader.forceFlush()
  const [made] = exporter.getMetrics()
  await reader.shutdown()
  return made
}

interface Serializer<Items> {
  serializeRequest(items: Items): Uint8Array | undefined
}

async function forms(kind: OtlpKind) {
  const both = <Items>(items: Items, json: Serializer<Items>, protobuf: Serializer<Items>) => ({
    json: JSON.parse(Buffer.from(json.serializeRequest(items)!).toString()),
    protobuf: protobuf.serializeRequest(items)!,
  })
  if (kind === 'logs') return both([...(await logRecords())], JsonLogsSerializer, ProtobufLogsSerializer)
  if (kind === 'traces') return both([...(await spans())], JsonTraceSerializer, ProtobufTraceSerializer)
  return both(await metrics(), JsonMetricsSerializer, ProtobufMetricsSerializer)
}

const kinds = ['logs', 'traces', 'metrics'] as const

it.each(kinds)('%s of the genuine exporter are read as its own JSON says', async (kind) => {
  const { json, protobuf } = await forms(kind)
  expect(normal(read(kind, protobuf))).toEqual(normal(json))
})

it.each(kinds)(
  '%s that are written from JSON are the same as those of the genuine exporter',
  async (kind) => {
    const { json, protobuf } = await forms(kind)
    const bytes = writeMessage(json, requestTypes[kind].request)
    expect(normal(read(kind, bytes))).toEqual(normal(read(kind, protobuf)))
  },
)

it('the genuine exporter reads what was not kept from an answer', () => {
  const partialSuccess = { rejectedLogRecords: 3, errorMessage: 'too old' }
  const answer = writeMessage({ partialSuccess }, answerType)
  expect(ProtobufLogsSerializer.deserializeResponse(answer)).toEqual({ partialSuccess })
  expect(ProtobufTraceSerializer.deserializeResponse(answer)).toEqual({
    partialSuccess: { rejectedSpans: 3, errorMessage: 'too old' },
  })
})
