import { enumeration, field, id, list, MessageType } from '../protobuf/message-type.js'

/** The messages of OTLP (opentelemetry-proto 1.x), with the names that their JSON form has. */

const arrayValue = new MessageType([list(1, 'values', () => anyValueType)])
const kvlistValue = new MessageType([list(1, 'values', () => keyValueType)])
const anyValueType: MessageType = new MessageType([
  field(1, 'stringValue', 'text'),
  field(2, 'boolValue', 'boolean'),
  field(3, 'intValue', 'signed'),
  field(4, 'doubleValue', 'double'),
  field(5, 'arrayValue', () => arrayValue),
  field(6, 'kvlistValue', () => kvlistValue),
  field(7, 'bytesValue', 'bytes'),
])
export const keyValueType: MessageType = new MessageType([
  field(1, 'key', 'text'),
  field(2, 'value', () => anyValueType),
])

const attributes = (number: number) => list(number, 'attributes', () => keyValueType)

export const resourceType = new MessageType([attributes(1), field(2, 'droppedAttributesCount', 'unsigned')])
export const scopeType = new MessageType([
  field(1, 'name', 'text'),
  field(2, 'version', 'text'),
  attributes(3),
  field(4, 'droppedAttributesCount', 'unsigned'),
])

const SEVERITIES = [
  'SEVERITY_NUMBER_UNSPECIFIED',
  ...['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((name) =>
    ['', '2', '3', '4'].map((step) => `SEVERITY_NUMBER_${name}${step}`),
  ),
]
const SPAN_KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map(
  (kind) => `SPAN_KIND_${kind}`,
)

export const logRecordType = new MessageType([
  field(1, 'timeUnixNano', 'fixed64'),
  enumeration(2, 'severityNumber', SEVERITIES),
  field(3, 'severityText', 'text'),
  field(5, 'body', () => anyValueType),
  attributes(6),
  field(7, 'droppedAttributesCount', 'unsigned'),
  field(8, 'flags', 'fixed32'),
  id(9, 'traceId', 16),
  id(10, 'spanId', 8),
  field(11, 'observedTimeUnixNano', 'fixed64'),
  field(12, 'eventName', 'text'),
])

const spanEventType = new MessageType([
  field(1, 'timeUnixNano', 'fixed64'),
  field(2, 'name', 'text'),
  attributes(3),
  field(4, 'droppedAttributesCount', 'unsigned'),
])
const spanLinkType = new MessageType([
  id(1, 'traceId', 16),
  id(2, 'spanId', 8),
  field(3, 'traceState', 'text'),
  attributes(4),
  field(5, 'droppedAttributesCount', 'unsigned'),
  field(6, 'flags', 'fixed32'),
])
const spanStatusType = new MessageType([
  field(2, 'message', 'text'),
  enumeration(3, 'code', ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR']),
])

export const spanType = new MessageType([
  id(1, 'traceId', 16),
  id(2, 'spanId', 8),
  field(3, 'traceState', 'text'),
  id(4, 'parentSpanId', 8),
  field(5, 'name', 'text'),
  enumeration(6, 'kind', SPAN_KINDS),
  field(7, 'startTimeUnixNano', 'fixed64'),
  field(8, 'endTimeUnixNano', 'fixed64'),
  attributes(9),
  field(10, 'droppedAttributesCount', 'unsigned'),
  list(11, 'events', () => spanEventType),
  field(12, 'droppedEventsCount', 'unsigned'),
  list(13, 'links', () => spanLinkType),
  field(14, 'droppedLinksCount', 'unsigned'),
  field(15, 'status', () => spanStatusType),
  field(16, 'flags', 'fixed32'),
])

const times = [field(2, 'startTimeUnixNano', 'fixed64'), field(3, 'timeUnixNano', 'fixed64')]
const numberPointType = new MessageType([...times, field(4, 'asDouble', 'double'), attributes(7)])
const histogramPointType = new MessageType([
  ...times,
  field(4, 'count', 'fixed64'),
  field(5, 'sum', 'double'),
  list(6, 'bucketCounts', 'fixed64'),
  list(7, 'explicitBounds', 'double'),
  attributes(9),
  field(11, 'min', 'double'),
  field(12, 'max', 'double'),
])
const gaugeType = new MessageType([list(1, 'dataPoints', () => numberPointType)])
const sumType = new MessageType([
  list(1, 'dataPoints', () => numberPointType),
  field(2, 'aggregationTemporality', 'signed'),
  field(3, 'isMonotonic', 'boolean'),
])
const histogramType = new MessageType([
  list(1, 'dataPoints', () => histogramPointType),
  field(2, 'aggregationTemporality', 'signed'),
])
const metricType = new MessageType([
  field(1, 'name', 'text'),
  field(2, 'description', 'text'),
  field(3, 'unit', 'text'),
  field(5, 'gauge', () => gaugeType),
  field(7, 'sum', () => sumType),
  field(9, 'histogram', () => histogramType),
])

export type OtlpKind = 'logs' | 'traces' | 'metrics'

/** Items of a kind are in scopes, and those in resources. */
interface KindNames {
  readonly resources: string
  readonly scopes: string
  readonly items: string
}
export const kindNames: Readonly<Record<OtlpKind, KindNames>> = {
  logs: { resources: 'resourceLogs', scopes: 'scopeLogs', items: 'logRecords' },
  traces: { resources: 'resourceSpans', scopes: 'scopeSpans', items: 'spans' },
  metrics: { resources: 'resourceMetrics', scopes: 'scopeMetrics', items: 'metrics' },
}

/** The numbers of the fields around the items, which are the same for all kinds. */
export const IN_REQUEST = 1
export const IN_RESOURCE = 2
export const IN_SCOPE = 2

/** The items in the scopes of a request. */
export const itemTypes: Readonly<Record<OtlpKind, MessageType>> = {
  logs: logRecordType,
  traces: spanType,
  metrics: metricType,
}

const around = (kind: OtlpKind) => {
  const { resources, scopes, items } = kindNames[kind]
  const scope = new MessageType([
    field(1, 'scope', () => scopeType),
    list(IN_SCOPE, items, () => itemTypes[kind]),
    field(3, 'schemaUrl', 'text'),
  ])
  const resource = new MessageType([
    field(1, 'resource', () => resourceType),
    list(IN_RESOURCE, scopes, () => scope),
    field(3, 'schemaUrl', 'text'),
  ])
  return { request: new MessageType([list(IN_REQUEST, resources, () => resource)]), resource, scope }
}

/** The request of each kind, and the messages in it that hold items. */
export const requestTypes = { logs: around('logs'), traces: around('traces'), metrics: around('metrics') }

/** The answer to a request of any kind, with the name that the number has for logs. */
export const answerType = new MessageType([field(1, 'partialSuccess', () => partialSuccessType)])
const partialSuccessType = new MessageType([
  field(1, 'rejectedLogRecords', 'signed'),
  field(2, 'errorMessage', 'text'),
])
