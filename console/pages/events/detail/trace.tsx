import { formatMicros } from '../../../../src/types/figures.js'
import { detailStrings } from '../../../strings/detail.js'
import { visible } from '../../../text/visible.js'
import type { FilterInput } from '../query.js'
import { exact, inTrace } from './correlation.js'
import { LookedAt } from './event-lines.js'
import { useNeighbours } from './neighbours.js'
import type { SpecialFinder, SpecialProps } from './special-view.js'
import { type TimeRow, TimeRows } from './time-rows.js'
import { type Span, spansOf, traceIdOf } from './trace-model.js'

const ROOM = { earlier: 1000, later: 1000 }
const SHORT = 200
const text = detailStrings.trace

/** Events that are a part of a trace. */
export const traceView: SpecialFinder = (event) => {
  const id = traceIdOf(event)
  return id === undefined ? undefined : { label: text.title, about: id, View: TraceView }
}

/** The spans of a trace as a tree over time. */
function TraceView({ about: id, event, onOpen }: SpecialProps) {
  const progress = { all: [{ prefix: { tag: 'ncs/' } }, exact('data.trace_id', id)] }
  const found = useNeighbours(id, event, { any: [progress, inTrace(id)] } as FilterInput, ROOM)
  const spans = spansOf(found.events.value)
  const real = spans.filter(({ isEvent }) => !isEvent).length
  return (
    <>
      <h3 class="sum">
        {text.spans(real)} <span>{id}</span>
      </h3>
      <TimeRows
        key={id}
        label={text.title}
        rows={spans.map(rowOf)}
        short={SHORT}
        current={event.seq}
        onOpen={onOpen}
      />
      <LookedAt found={found} limit={ROOM.later} />
    </>
  )
}

function rowOf({ id, name, depth, from, to, failed, isEvent, event }: Span): TimeRow {
  const took = to === undefined ? text.running : isEvent ? text.event : formatMicros(to - from)
  return {
    key: id,
    label: visible(name) || text.unnamed,
    depth,
    from: isEvent ? undefined : from,
    to,
    marks: isEvent ? [from] : [],
    tone: failed ? 'error' : to === undefined ? 'open' : 'ok',
    note: failed ? `✕ ${took}` : took,
    event,
  }
}
