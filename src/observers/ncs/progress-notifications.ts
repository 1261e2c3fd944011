import type { TraceContext } from '../../event/trace-context.js'
import type { Attributes, Step, Work } from '../../methods/progress.js'
import * as C from '../../protocols/ncs/constants/events.js'
import * as L from '../../protocols/ncs/constants/library.js'
import type { NcsNotification, NcsPayloads } from '../../protocols/ncs/notifications/notification.js'

const types = { start: L.PROGRESS_START, stop: L.PROGRESS_STOP, info: L.PROGRESS_INFO }

/** The type of what reports some work. A phase of a commit has both types of events, so either asks for it. */
export function typeOfWork({ transaction }: Work): typeof C.NOTIF_PROGRESS | typeof C.NOTIF_COMMIT_PROGRESS {
  return transaction === undefined ? C.NOTIF_PROGRESS : C.NOTIF_COMMIT_PROGRESS
}

/** The notification of a step of some work. */
export function progressOf({ type, work, span, time, duration, text, annotation }: Step): NcsNotification {
  const attributes = attributesOf(work.attributes ?? {})
  return {
    type: typeOfWork(work),
    progress: {
      type: types[type],
      timestamp: time,
      ...(duration !== undefined && { duration }),
      trace_id: span.traceId,
      span_id: span.spanId,
      ...(work.parent !== undefined && { parent_span_id: work.parent.spanId }),
      usid: work.usid ?? 0,
      tid: work.transaction ?? 0,
      datastore: work.transaction === undefined ? L.NO_DB : L.RUNNING,
      subsystem: work.subsystem,
      msg: text,
      ...(annotation !== undefined && { annotation }),
      num_attributes: attributes.length,
      ...(attributes.length > 0 && { attributes }),
      ...linksOf(work.links),
    },
  }
}

function linksOf(links: readonly TraceContext[] = []): Pick<NcsPayloads['progress'], 'num_links' | 'links'> {
  if (links.length === 0) return { num_links: 0 }
  return {
    num_links: links.length,
    links: links.map(({ traceId, spanId }) => ({ trace_id: traceId, span_id: spanId })),
  }
}

function attributesOf(attributes: Attributes): NonNullable<NcsPayloads['progress']['attributes']> {
  return Object.entries(attributes).map(([name, value]) =>
    typeof value === 'number'
      ? { name, type: C.PROGRESS_ATTRIBUTE_NUMBER, number: value }
      : { name, type: C.PROGRESS_ATTRIBUTE_STRING, string: value },
  )
}
