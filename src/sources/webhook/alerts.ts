import { isObject } from '../../event/json/object.js'
import { type SeverityName, severityOfValue } from '../../event/severity.js'
import { tagSegment } from '../../event/tag.js'
import { membersOf } from '../../incremental/read-json.js'
import type { WebhookAlert } from '../../types/host/webhook.js'
import { given } from '../given.js'
import { textsOf } from '../texts-of.js'
import type { MadeEvent, MadeEvents } from './made-events.js'
import { fieldsOf, type JsonReading, type Payload, textAt, timeAt, unknownBody, valueAt } from './payload.js'

const MAX_ALERTS = 10_000
/** Characters of the name of a receiver, which each alert has. */
const MAX_RECEIVER = 256

type From = WebhookAlert['from']

const KEYS = new Set(['alerts', 'receiver', 'truncatedAlerts'])

/** Makes an event of each alert in a body of Alertmanager, or of Grafana, which has taken over its form. */
export function* alertEvents(
  from: From,
  payload: Payload,
  reading: JsonReading,
): Generator<undefined, MadeEvents> {
  const fields = yield* fieldsOf(payload, KEYS, reading)
  const alerts = yield* membersOf(valueAt(fields, 'alerts'))
  if (alerts === undefined || !alerts.every(isObject))
    throw unknownBody('the body has no list `alerts`, as Alertmanager and Grafana send it')
  if (alerts.length > MAX_ALERTS) throw unknownBody(`the body has more than ${MAX_ALERTS} alerts`)
  const receiver = textAt(fields, 'receiver')?.slice(0, MAX_RECEIVER)
  const leftOut = valueAt(fields, 'truncatedAlerts')
  const events: MadeEvent[] = []
  for (const alert of alerts) {
    events.push(alertEvent(from, alert, receiver))
    yield
  }
  return { events, ...(typeof leftOut === 'number' && leftOut > 0 && { leftOut }) }
}

function alertEvent(from: From, alert: unknown, receiver: string | undefined) {
  const labels = textsOf(valueAt(alert, 'labels'))
  const annotations = textsOf(valueAt(alert, 'annotations'))
  const name = labels.alertname ?? '-'
  const status = textAt(alert, 'status') === 'resolved' ? 'resolved' : 'firing'
  const since = timeAt(alert, 'startsAt')
  const values = valueAt(alert, 'values')
  const data: WebhookAlert = {
    from,
    name,
    status,
    severity: severityOf(status, labels),
    message: annotations.summary ?? annotations.description ?? annotations.message ?? name,
    labels,
    annotations,
    ...given({
      time: status === 'resolved' ? (timeAt(alert, 'endsAt') ?? since) : since,
      since,
      fingerprint: textAt(alert, 'fingerprint'),
      receiver,
      url: textAt(alert, 'generatorURL'),
      values: isObject(values) ? { ...values } : undefined,
      dashboard: textAt(alert, 'dashboardURL'),
      silence: textAt(alert, 'silenceURL'),
    }),
  }
  return { path: `alert/${tagSegment(name)}/${status}`, data }
}

/** An alert without a label `severity` is one all the same. */
function severityOf(
  status: WebhookAlert['status'],
  { severity, priority }: Record<string, string>,
): SeverityName {
  if (status === 'resolved') return 'notice'
  return severityOfValue(severity ?? priority) ?? 'warning'
}
