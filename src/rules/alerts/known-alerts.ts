import type { RuleDefinition } from '../rule.js'
import type { RuleStore } from '../rule-store.js'
import type { Run } from '../run.js'
import { type Alert, type AlertSeverity, SEVERITIES } from './alert.js'
import { alertFrom } from './alert-record.js'
import { NoticeRun } from './notice-run.js'
import { type Silence, Silences } from './silence.js'

export interface KnownAlert {
  readonly rule: string
  readonly severity: AlertSeverity
  readonly alert: Readonly<Alert>
  readonly isSilenced: boolean
}

/** The alerts that fire, the worst and oldest first, and the silences. */
export interface KnownAlerts {
  readonly alerts: readonly KnownAlert[]
  readonly silences: readonly Silence[]
}

type OfRules = { alerts: Omit<KnownAlert, 'isSilenced'>[]; silences: readonly Silence[] }

/** What this hub knows, which runs the rules. */
export function alertsOf(runs: Iterable<Run>, now: number): KnownAlerts {
  const found: OfRules = { alerts: [], silences: [] }
  for (const run of runs) {
    const { name: rule, definition } = run
    if (run instanceof NoticeRun) found.silences = run.silences
    const severity = definition.alert?.severity
    if (severity !== undefined)
      for (const alert of run.alerts()) found.alerts.push({ rule, severity, alert: { ...alert } })
  }
  return inOrder(found, now)
}

/** What another hub, which runs the rules, has stored last. */
export async function storedAlerts(
  store: RuleStore,
  definitions: readonly RuleDefinition[],
  now: number,
): Promise<KnownAlerts> {
  const severities = new Map(definitions.map(({ name, alert }) => [name, alert?.severity]))
  const found: OfRules = { alerts: [], silences: [] }
  for await (const [rule, { snapshot }] of store.rules()) {
    if (snapshot.silences) found.silences = snapshot.silences
    const severity = severities.get(rule)
    if (severity === undefined) continue
    const alerts = (snapshot.alerts ?? []).map((each) => alertFrom(each, rule))
    for (const alert of alerts) if (alert.state !== 'ended') found.alerts.push({ rule, severity, alert })
  }
  return inOrder(found, now)
}

function inOrder({ alerts, silences }: OfRules, now: number): KnownAlerts {
  const all = new Silences()
  for (const silence of silences) all.add(silence)
  const rank = ({ severity }: { severity: AlertSeverity }) => SEVERITIES.indexOf(severity)
  return {
    silences,
    alerts: alerts
      .map((each) => ({ ...each, isSilenced: silences.length > 0 && all.covers(matchable(each), now) }))
      .sort((one, other) => rank(one) - rank(other) || one.alert.start - other.alert.start),
  }
}

function matchable({ rule, severity, alert }: Omit<KnownAlert, 'isSilenced'>) {
  return { rule, severity, key: alert.key, labels: alert.labels }
}
