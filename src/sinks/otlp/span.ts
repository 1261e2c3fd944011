import type { Event } from '../../event/event.js'
import { asFields } from '../../event/json/object.js'
import { PROGRESS_STOP } from '../../protocols/ncs/constants/library.js'
import type { EventView } from '../sink.js'
import { type KeyValue, keyValues } from './any-value.js'
import { nanoseconds } from './log-record.js'

/** A span of opentelemetry-proto, trace.proto, in its JSON form. */
export interface Span {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: KeyValue[]
  links: { traceId: string; spanId: string }[]
  status: { code: number; message?: string }
}

/** The parts of a span that a notification PROGRESS with STOP contains. */
interface Stop {
  type: number
  timestamp: number
  duration?: number
  trace_id?: string
  span_id: string
  parent_span_id?: string
  subsystem?: string
  msg?: string
  annotation?: string
  usid?: number
  attributes?: { name: string; string?: string; number?: number }[]
  links?: { trace_id: string; span_id: string }[]
}

const PROGRESS = /^ncs\/progress(\/|$)/
const TRACE_ID = /^[0-9a-f]{32}$/
const SPAN_ID = /^[0-9a-f]{16}$/
const INTERNAL = 1
const OK = 1
const ERROR = 2

/** The span that an event says has ended; undefined for all other events. */
export function spanOf(event: Event, view: EventView): Span | undefined {
  if (!PROGRESS.test(event.tag) || !isStop(event.data)) return undefined
  const progress = event.data
  const { timestamp, duration = 0, annotation, trace_id: traceId = '' } = progress
  if (!TRACE_ID.test(traceId) || !SPAN_ID.test(progress.span_id)) return undefined
  return {
    traceId,
    spanId: progress.span_id,
    ...(progress.parent_span_id !== undefined && { parentSpanId: progress.parent_span_id }),
    name: progress.msg ?? view.typeOf(event.tag),
    kind: INTERNAL,
    startTimeUnixNano: nanoseconds(timestamp - duration),
    endTimeUnixNano: nanoseconds(timestamp),
    attributes: attributesOf(progress, event),
    links: (progress.links ?? []).map((link) => ({ traceId: link.trace_id, spanId: link.span_id })),
    status: annotation === undefined ? { code: OK } : { code: ERROR, message: annotation },
  }
}

function isStop(data: unknown): data is Stop {
  const { type, timestamp } = asFields(data)
  return type === PROGRESS_STOP && typeof timestamp === 'number'
}

function attributesOf({ subsystem, usid, attributes = [] }: Stop, { source }: Event): KeyValue[] {
  const own = Object.fromEntries(attributes.map(({ name, string, number }) => [name, string ?? number]))
  return keyValues({ 'tocsin.source': source, 'tocsin.subsystem': subsystem, 'tocsin.usid': usid, ...own })
}
