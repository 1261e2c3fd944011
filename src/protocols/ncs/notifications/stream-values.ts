import { TocsinError } from '../../../errors/tocsin-error.js'
import { Event } from '../../../event/event.js'
import { formatTime } from '../../../event/position.js'
import { type Content, childrenOf, isContainer, ownText } from '../../../filter/xpath/view.js'
import type { NcsTagValue } from './payloads.js'

/** Namespace of the elements of an event. */
export const EVENT_NS = 'urn:tocsin:event'
/** Namespace of `tag`, `source` and `time`, which are attributes of its outermost element in XML. */
export const ATTRIBUTES_NS = 'urn:tocsin:attributes'

/** A body of many small values becomes many times as much memory. */
const MAX_VALUES = 1_000_000

/** The notification for an event of a stream: its frame, and the name of its outermost element. */
export interface StreamBody {
  readonly type: number
  readonly element: string
  readonly event: Uint8Array
}

export function isStreamBody(body: object): body is StreamBody {
  return 'event' in body && body.event instanceof Uint8Array
}

/** The dictionary of a stream event. Its values are made when somebody asks for them. */
export function streamEvent(body: StreamBody) {
  const event = new Event(body.event)
  let values: NcsTagValue[] | undefined
  return {
    type: body.type,
    event_time: formatTime(event.time),
    get values(): NcsTagValue[] {
      values ??= valuesOf(body.element, event)
      return values
    },
  }
}

/** The XML view of an event as a flat list, in the order of the document. Throws TCN_NCS_NOTIFICATION. */
function valuesOf(element: string, event: Event): NcsTagValue[] {
  const { tag, source } = event
  const values: NcsTagValue[] = [{ ns: EVENT_NS, tag: element, kind: 'begin' }]
  for (const [name, value] of Object.entries({ tag, source, time: formatTime(event.time) }))
    values.push({ ns: ATTRIBUTES_NS, tag: name, kind: 'leaf', value })
  const { data } = event
  if (isContainer(data)) addChildren(values, data)
  else if (data !== null) values.push({ ns: EVENT_NS, tag: element, kind: 'leaf', value: ownText(data) })
  values.push({ ns: EVENT_NS, tag: element, kind: 'end' })
  return values
}

function addChildren(values: NcsTagValue[], content: Content): void {
  for (const [tag, child, isOfList] of childrenOf(content)) {
    if (values.length >= MAX_VALUES)
      throw new TocsinError('TCN_NCS_NOTIFICATION', `an event of a stream has more than ${MAX_VALUES} values`)
    if (isContainer(child)) {
      values.push({ ns: EVENT_NS, tag, kind: 'begin' })
      addChildren(values, child)
      values.push({ ns: EVENT_NS, tag, kind: 'end' })
    } else if (child === null) values.push({ ns: EVENT_NS, tag, kind: 'empty' })
    else values.push({ ns: EVENT_NS, tag, kind: isOfList ? 'list' : 'leaf', value: ownText(child) })
  }
}
