import { own } from '../../event/json/object.js'
import { formatTime } from '../../event/position.js'
import type { SeverityName } from '../../event/severity.js'
import { tagSegment } from '../../event/tag.js'
import { attributesIn, idIn, listIn, microsIn, plainValue, textIn } from '../../protocols/otlp/values.js'
import type { OtlpLog, OtlpSpan, OtlpSpanEvent } from '../../types/host/otlp.js'
import { given } from '../given.js'
import type { Item, ItemKind } from './items.js'

/** An event; its tag ends with `path`. */
export interface OtlpEvent {
  path: string
  data: OtlpLog | OtlpSpan | OtlpSpanEvent
}

/** The events that stand for an item: one, and one for each event of a span. */
export function eventsOf(kind: ItemKind, { resource, scope, item }: Item): OtlpEvent[] {
  const common = commonFields(resource, scope)
  const segment = tagSegment(common.service ?? '-')
  if (kind === 'logs') return [{ path: `log/${segment}`, data: logData(item, common) }]
  const span = { path: `span/${segment}`, data: spanData(item, common) }
  const within = listIn(item.events).map((event) => ({
    path: `event/${segment}`,
    data: spanEventData(event, item, common),
  }))
  return [...within, span]
}

/** Bytes of the request that stand for the events of an item, those that each of them has counted for each. */
export function madeBytes({ item, length, shared }: Item): number {
  const within = listIn(item.events).length
  return shared + length + within * (shared + Buffer.byteLength(textIn(item.name) ?? ''))
}

type ItemFields = Item['item']
type Common = ReturnType<typeof commonFields>

function commonFields(resource: unknown, scope: unknown) {
  const attributes = attributesIn(own(resource, 'attributes'))
  const ofScope = attributesIn(own(scope, 'attributes'))
  return given({
    service: textIn(attributes['service.name']),
    host: textIn(attributes['host.name']),
    resource: notEmpty(attributes),
    scope: notEmpty(
      given({
        name: textIn(own(scope, 'name')),
        version: textIn(own(scope, 'version')),
        attributes: notEmpty(ofScope),
      }),
    ),
  })
}

function logData(record: ItemFields, common: Common): OtlpLog {
  const body = plainValue(record.body)
  return given({
    time: timeIn(record.timeUnixNano) ?? timeIn(record.observedTimeUnixNano),
    severity: severityOf(record.severityNumber),
    message: typeof body === 'string' ? body : undefined,
    body: typeof body === 'string' ? undefined : (body ?? undefined),
    event: textIn(record.eventName),
    level: textIn(record.severityText),
    ...common,
    attributes: notEmpty(attributesIn(record.attributes)),
    trace: idIn(record.traceId),
    span: idIn(record.spanId),
  })
}

const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'] as const
const OK = 1
const ERROR = 2

function spanData(span: ItemFields, common: Common): OtlpSpan {
  const [start, end] = [microsIn(span.startTimeUnixNano), microsIn(span.endTimeUnixNano)]
  const code = own(span.status, 'code')
  return {
    name: textIn(span.name) ?? '-',
    ...given({
      time: end === undefined ? undefined : formatTime(end),
      severity: code === ERROR ? 'err' : undefined,
      message: textIn(own(span.status, 'message')),
      kind: KINDS[Number(span.kind) - 1],
      status: code === ERROR ? 'error' : code === OK ? 'ok' : undefined,
      since: start === undefined ? undefined : formatTime(start),
      seconds: start === undefined || end === undefined ? undefined : Math.max(0, end - start) / 1e6,
      ...common,
      attributes: notEmpty(attributesIn(span.attributes)),
      trace: idIn(span.traceId),
      span: idIn(span.spanId),
      parent: idIn(span.parentSpanId),
      links: listIn(span.links).length === 0 ? undefined : listIn(span.links).map(linkOf),
    }),
  }
}

function linkOf(link: unknown): NonNullable<OtlpSpan['links']>[number] {
  return given({
    trace: idIn(own(link, 'traceId')),
    span: idIn(own(link, 'spanId')),
    attributes: notEmpty(attributesIn(own(link, 'attributes'))),
  })
}

function spanEventData(event: unknown, span: ItemFields, common: Common): OtlpSpanEvent {
  const attributes = attributesIn(own(event, 'attributes'))
  const name = textIn(own(event, 'name')) ?? '-'
  return {
    name,
    ...given({
      time: timeIn(own(event, 'timeUnixNano')),
      severity: name === 'exception' ? 'err' : undefined,
      message: textIn(attributes['exception.message']),
      of: textIn(span.name),
      ...common,
      attributes: notEmpty(attributes),
      trace: idIn(span.traceId),
      span: idIn(span.spanId),
    }),
  }
}

function timeIn(nanoseconds: unknown): string | undefined {
  const micros = microsIn(nanoseconds)
  return micros === undefined ? undefined : formatTime(micros)
}

/** The highest number of each severity: the data model of OpenTelemetry's logs, appendix B. */
const HIGHEST: readonly (readonly [number: number, name: SeverityName])[] = [
  [8, 'debug'],
  [9, 'info'],
  [12, 'notice'],
  [16, 'warning'],
  [17, 'err'],
  [18, 'crit'],
  [20, 'alert'],
  [24, 'emerg'],
]

function severityOf(value: unknown): SeverityName | undefined {
  const number = Number(value ?? 0)
  return number <= 0 ? undefined : HIGHEST.find(([highest]) => number <= highest)?.[1]
}

function notEmpty<Given extends object>(fields: Given): Given | undefined {
  return Object.keys(fields).length === 0 ? undefined : fields
}
