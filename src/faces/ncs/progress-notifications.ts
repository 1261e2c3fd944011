import type { Attributes, Step } from '../../methods/progress.js'
import * as C from '../../protocols/ncs/constants/events.js'
import * as L from '../../protocols/ncs/constants/library.js'
import type { NcsNotification, NcsPayloads } from '../../protocols/ncs/notifications/notification.js'

const types = { start: L.PROGRESS_START, stop: L.PROGRESS_STOP, info: L.PROGRESS_INFO }

/** The notification of a step of some work. */
export function progressOf({ type, work, span, time, duration, text, annotation }: Step): NcsNotification {
  const attributes = attributesOf(work.attributes ?? {})
  const links = (work.links ?? []).map(({ traceId, spanId }) => ({ trace_id: traceId, span_id: spanId }))
  return {
    type: C.NOTIF_PROGRESS,
    progress: {
      type: types[type],
      timestamp: time,
      ...(duration !== undefined && { duration }),
      trace_id: span.traceId,
      span_id: span.spanId,
      ...(work.parent !== undefined && { parent_span_id: work.parent.spanId }),
      usid: work.usid ?? 0,
      tid: 0,
      datastore: L.NO_DB,
      subsystem: work.subsystem,
      msg: text,
      ...(annotation !== undefined && { annotation }),
      num_attributes: attributes.length,
      ...(attributes.length > 0 && { attributes }),
      num_links: links.length,
      ...(links.length > 0 && { links }),
    },
  }
}

function attributesOf(attributes: Attributes): NonNullable<NcsPayloads['progress']['attributes']> {
  return Object.entries(attributes).map(([name, value]) =>
    typeof value === 'number'
      ? { name, type: C.PROGRESS_ATTRIBUTE_NUMBER, number: value }
      : { name, type: C.PROGRESS_ATTRIBUTE_STRING, string: value },
  )
}
