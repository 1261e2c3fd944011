import type { Event } from 'tocsin/browser'
import { own } from '../../../src/event/json/object.js'
import { formatBytes } from '../../../src/types/figures.js'
import { severityOf } from '../../../src/types/severity.js'
import { summaryOf } from '../../../src/types/summary.js'
import type { KnownTypes } from '../../hub/types.js'
import { fullMoment } from '../../text/full-moment.js'
import { clock } from '../../text/moments.js'
import { foldTag, visible, visibleTag } from '../../text/visible.js'
import { cellOf } from './columns/cell.js'
import type { Marker } from './store.js'

/** The texts of a row. */
export interface RowText {
  readonly kind: 'event' | Marker['kind']
  readonly severity: '' | 'error' | 'warning' | 'success'
  readonly time: string
  readonly source: string
  readonly tag: string
  /** The values of the fields that the reader has chosen. */
  readonly columns?: readonly string[]
  readonly summary: string
  /** Shown on hover. */
  readonly title: string
}

/** A body of more bytes is not decoded for a row. */
const LONG_BODY = 256 * 1024
const ROOM = 240
/** Where long lines are wrapped. */
const WRAPPED_ROOM = 960
/** Where nothing says how wide the list is. */
const TAG_ROOM = 30

export function eventText(
  event: Event,
  { typeOf, displays }: KnownTypes,
  columns: readonly string[] = [],
  isWrapped = false,
  tagRoom = TAG_ROOM,
): RowText {
  const { tag, source, time, seq } = event
  const isLong = event.end - event.at > LONG_BODY
  const data = isLong ? undefined : event.data
  const type = typeIn(event, typeOf)
  const room = isWrapped ? WRAPPED_ROOM : ROOM
  const summary = isLong ? formatBytes(event.end - event.at) : summaryOf(data, room, displays.get(type))
  return {
    kind: 'event',
    severity: (isLong ? undefined : severityOf(data)) ?? '',
    time: clock(time),
    source: visible(source),
    tag: visibleTag(isWrapped ? tag : foldTag(tag, tagRoom, hostsIn(data))),
    columns: isLong ? [] : columns.map((field) => visible(cellOf(event, field, type))),
    summary: visible(summary),
    title: `${fullMoment(time)}\n${visibleTag(tag)}\n#${seq}`,
  }
}

/** The values of the usual fields for a host. */
function hostsIn(data: unknown): unknown[] {
  return ['host', 'hostname', 'id'].map((field) => own(data, field))
}

/** The attribute `type`, or the type of the tag. */
export function typeIn(event: Event, typeOf: (tag: string) => string): string {
  const { type } = event.attributes
  return typeof type === 'string' ? type : typeOf(event.tag)
}

export function markerText({ kind, text }: Marker): RowText {
  return { kind, severity: '', time: '', source: '', tag: '', summary: text, title: text }
}
