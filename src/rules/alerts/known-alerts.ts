import type { RuleDefinition } from '../rule.js'
import type { RuleStore } from '../rule-store.js'
import type { EngineRun } from '../run.js'
import { type Alert, type AlertSeverity, SEVERITIES } from './alert.js'
import { alertFrom } from './alert-record.js'
import type { Matchable } from './alert-test.js'
import { NoticeRun } from './notice-run.js'
import { type Silence, Silences } from './silence.js'

export interface KnownAlert {
  readonly rule: string
  readonly severity: AlertSeverity
  readonly alert: Readonly<Alert>
}

/** The alerts that fire, the worst and oldest first, and the silences. */
export interface KnownAlerts {
  readonly alerts: readonly KnownAlert[]
  readonly silences: readonly Silence[]
}

type OfRules = { alerts: KnownAlert[]; silences: readonly Silence[] }

/** The alerts of this hub, which runs the rules. */
export function alertsOf(runs: Iterable<EngineRun>): KnownAlerts {
  const found: OfRules = { alerts: [], silences: [] }
  for (const run of runs) {
    const { name: rule, definition } = run
    if (run instanceof NoticeRun) found.silences = run.silences
    const severity = definition.alert?.severity
    if (severity !== undefined)
      for (const alert of run.alerts()) found.alerts.push({ rule, severity, alert: { ...alert } })
  }
  return inOrder(found)
}

/** The alerts that another hub, which runs the rules, has stored last. */
export async function storedAlerts(
  store: RuleStore,
  definitions: readonly RuleDefinition[],
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
  return inOrder(found)
}

function inOrder({ alerts, silences }: OfRules): KnownAlerts {
  const rank = ({ severity }: KnownAlert) => SEVERITIES.indexOf(severity)
  return {
    silences,
    alerts: alerts.sort((one, other) => rank(one) - rank(other) || one.alert.start - other.alert.start),
  }
}

/** Returns a test for alerts: whether a silence covers them at this time. */
export function silencedBy(silences: readonly Silence[], now: number): (known: KnownAlert) => boolean {
  const all = new Silences()
  for (const silence of silences) all.add(silence)
  return (known) => all.covers(matchable(known), now)
}

export function matchable({ rule, severity, alert: { key, labels } }: KnownAlert): Matchable {
  return { rule, severity, key, labels }
}
