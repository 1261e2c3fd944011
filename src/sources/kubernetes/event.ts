import { asFields } from '../../event/json/object.js'
import { formatTime, parseTime } from '../../event/position.js'
import { tagSegment } from '../../event/tag.js'
import type { KubernetesEvent } from '../../types/host/kubernetes.js'

const MAX_TEXT = 4096

/** The event of an object of the kind Event, in the group `""` or `events.k8s.io`; with the end of its tag. */
export function eventOf(object: unknown): { path: string; data: KubernetesEvent } {
  const event = asFields(object)
  const metadata = asFields(event.metadata)
  const about = asFields(event.involvedObject ?? event.regarding)
  const source = asFields(event.source ?? event.deprecatedSource)
  const series = asFields(event.series)
  const namespace = text(about.namespace) ?? text(metadata.namespace)
  const type = text(event.type)
  // Fields without a value are left out when the event is encoded.
  const data: KubernetesEvent = {
    reason: text(event.reason) ?? '-',
    message: text(event.message ?? event.note) ?? '',
    type,
    severity: type === 'Warning' ? 'warning' : 'info',
    time: time(series.lastObservedTime, event.lastTimestamp, event.eventTime, metadata.creationTimestamp),
    first: time(event.firstTimestamp, event.eventTime),
    count: number(series.count) ?? number(event.count),
    namespace,
    kind: text(about.kind) ?? '-',
    object: text(about.name) ?? '-',
    field: text(about.fieldPath),
    action: text(event.action),
    component: text(event.reportingComponent) ?? text(event.reportingController) ?? text(source.component),
    node: text(source.host),
    uid: text(metadata.uid),
  }
  const path = [namespace ?? '-', data.kind, data.reason].map(tagSegment).join('/')
  return { path, data }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, MAX_TEXT) : undefined
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

/** The first of these that is a time. */
function time(...values: readonly unknown[]): string | undefined {
  for (const value of values) {
    const micros = typeof value === 'string' ? parseTime(value) : undefined
    if (micros !== undefined) return formatTime(micros)
  }
  return undefined
}
