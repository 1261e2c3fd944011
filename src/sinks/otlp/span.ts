import { z } from 'zod'
import type { Event } from '../../event/event.js'
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

/** `timestamp` and `duration`: µs. */
const micros = z.int().min(0)
const id = z.string().max(64)

/** The parts of a span that a notification PROGRESS or COMMIT_PROGRESS with STOP contains. */
const stop = z.object({
  type: z.literal(PROGRESS_STOP),
  timestamp: micros,
  duration: micros.optional(),
  trace_id: id,
  span_id: id,
  parent_span_id: id.optional(),
  subsystem: z.string().optional(),
  msg: z.string().optional(),
  annotation: z.string().optional(),
  usid: z.union([z.number(), z.bigint()]).optional(),
  attributes: z
    .array(
      z.object({
        name: z.string(),
        string: z.string().optional(),
        number: z.union([z.number(), z.bigint()]).optional(),
      }),
    )
    .optional(),
  links: z.array(z.object({ trace_id: id, span_id: id })).optional(),
})
type Stop = z.output<typeof stop>

const PROGRESS = /^ncs\/(commit_)?progress(\/|$)/
const TRACE_ID = /^(?!0+$)[0-9a-f]{32}$/
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const SPAN_ID = /^(?!0+$)[0-9a-f]{16}$/
const INTERNAL = 1
const OK = 1
const ERROR = 2

/** The span that an event says has ended; undefined for all other events. */
export function spanOf(event: Event, view: EventView): Span | undefined {
  if (!PROGRESS.test(event.tag)) return undefined
  const parsed = stop.safeParse(event.data)
  if (!parsed.success) return undefined
  const progress = parsed.data
  const ids = idsOf(progress)
  if (ids === undefined) return undefined
  const { timestamp, duration = 0, annotation, parent_span_id: parent = '', msg = '', links = [] } = progress
  return {
    ...ids,
    ...(SPAN_ID.test(parent.toLowerCase()) && { parentSpanId: parent.toLowerCase() }),
    name: msg === '' ? view.typeOf(event.tag) : msg,
    kind: INTERNAL,
    startTimeUnixNano: nanoseconds(Math.max(0, timestamp - duration)),
    endTimeUnixNano: nanoseconds(timestamp),
    attributes: attributesOf(progress, event),
    links: links.flatMap((link) => idsOf(link) ?? []),
    status: annotation === undefined ? { code: OK } : { code: ERROR, message: annotation },
  }
}

/** Ids as OTLP has them; undefined for those that a collector refuses. A trace may be named by a UUID. */
function idsOf({ trace_id: trace, span_id: span }: Pick<Stop, 'trace_id' | 'span_id'>) {
  const [lower, spanId] = [trace.toLowerCase(), span.toLowerCase()]
  const traceId = UUID.test(lower) ? lower.replaceAll('-', '') : lower
  return TRACE_ID.test(traceId) && SPAN_ID.test(spanId) ? { traceId, spanId } : undefined
}

function attributesOf({ subsystem, usid, attributes = [] }: Stop, { source }: Event): KeyValue[] {
  const own = Object.fromEntries(attributes.map(({ name, string, number }) => [name, string ?? number]))
  return keyValues({ 'tocsin.source': source, 'tocsin.subsystem': subsystem, 'tocsin.usid': usid, ...own })
}
