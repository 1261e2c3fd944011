import type { Event } from '../../../../src/event/event.js'
import { readTraceparent } from '../../../../src/event/trace-context.js'
import { textOf } from '../../../text/text-of.js'
import { scalarOf } from './scalar.js'

/** A span, or an event that says that it belongs to one. */
export interface Span {
  readonly id: string
  readonly name: string
  readonly parent: string | undefined
  /** µs */
  readonly from: number
  /** Undefined as long as it runs. */
  readonly to: number | undefined
  readonly failed: boolean
  readonly isEvent: boolean
  readonly event: Event
  readonly depth: number
}

const PROGRESS = /^ncs\/(commit_)?progress(\/|$)/
const START = 1
const STOP = 2
const TRACE_ID = /^[0-9a-f]{32}$/

/** The trace that an event is a part of. */
export function traceIdOf(event: Event): string | undefined {
  const own = PROGRESS.test(event.tag) ? scalarOf(event, 'trace_id') : undefined
  if (typeof own === 'string' && TRACE_ID.test(own)) return own
  return readTraceparent(event.attributes.traceparent)?.traceId
}

/** The spans of a trace as a tree from top to bottom, each below the one that it is a part of. */
export function spansOf(events: readonly Event[]): Span[] {
  const spans = new Map<string, Omit<Span, 'depth'>>()
  for (const event of events) {
    const span = PROGRESS.test(event.tag) ? progressOf(event, spans) : partOf(event)
    if (span !== undefined) spans.set(span.id, span)
  }
  return inOrder([...spans.values()])
}

type Flat = Omit<Span, 'depth'>

function progressOf(event: Event, known: ReadonlyMap<string, Flat>): Flat | undefined {
  const [id, type, timestamp] = [
    scalarOf(event, 'span_id'),
    scalarOf(event, 'type'),
    scalarOf(event, 'timestamp'),
  ]
  if (typeof id !== 'string' || typeof timestamp !== 'number') return undefined
  const before = known.get(id)
  const duration = scalarOf(event, 'duration')
  const from = type === STOP && typeof duration === 'number' ? timestamp - duration : timestamp
  const parent = textOf(scalarOf(event, 'parent_span_id')) || before?.parent
  return {
    id,
    name: textOf(scalarOf(event, 'msg')) || before?.name || textOf(scalarOf(event, 'subsystem')),
    parent,
    from: type === START || type === STOP ? from : (before?.from ?? from),
    to: type === STOP ? timestamp : before?.to,
    failed: (type === STOP && textOf(scalarOf(event, 'annotation')) !== '') || before?.failed === true,
    isEvent: false,
    event: type === START && before !== undefined ? before.event : event,
  }
}

function partOf(event: Event): Flat | undefined {
  const context = readTraceparent(event.attributes.traceparent)
  if (context === undefined) return undefined
  const { time, seq, tag } = event
  const common = { from: time, to: time, failed: false, isEvent: true, event }
  return { ...common, id: `event ${seq}`, name: tag, parent: context.spanId }
}

/** Parts follow their whole, by the time when they began. What is a part of itself is left at the top. */
function inOrder(spans: readonly Flat[]): Span[] {
  const ids = new Set(spans.map(({ id }) => id))
  const parts = new Map<string | undefined, Flat[]>()
  for (const span of spans) {
    const parent = span.parent !== undefined && ids.has(span.parent) ? span.parent : undefined
    const siblings = parts.get(parent)
    if (siblings === undefined) parts.set(parent, [span])
    else siblings.push(span)
  }
  const placed = new Map<Flat, Span>()
  const place = (tops: readonly Flat[]) => {
    const stack = tops.toSorted(latestFirst).map((span) => ({ span, depth: 0 }))
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const { span, depth } = next
      if (placed.has(span)) continue
      placed.set(span, { ...span, depth })
      for (const part of (parts.get(span.id) ?? []).toSorted(latestFirst))
        stack.push({ span: part, depth: depth + 1 })
    }
  }
  place(parts.get(undefined) ?? [])
  place(spans.filter((span) => !placed.has(span)))
  return [...placed.values()]
}

function latestFirst(a: Flat, b: Flat): number {
  return b.from - a.from
}
