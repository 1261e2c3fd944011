import type { RuleInfo } from '../../methods/contract/index.js'
import type { FiringAlerts } from '../../methods/headline/facts.js'
import { silencedBy } from './known-alerts.js'
import type { AlertsControl } from './methods.js'

/** Alerts of which each is compared with the silences. More are all counted. */
const MAX_COMPARED = 1000

/** Returns the alerts that fire and are not silenced. `now`: µs since the epoch. */
export async function firingAlerts(
  rules: Pick<AlertsControl, 'alerts'> & { list(): readonly Pick<RuleInfo, 'alerts'>[] },
  now: number,
): Promise<FiringAlerts> {
  const known = rules.list().reduce((sum, { alerts }) => sum + alerts, 0)
  if (known === 0) return { count: 0, isGrave: false, since: undefined }
  const { alerts, silences } = await rules.alerts()
  const isSilenced = silencedBy(silences, now)
  const firing = known > MAX_COMPARED ? alerts : alerts.filter((each) => !isSilenced(each))
  const since = firing.reduce((oldest, { alert: { start } }) => Math.min(oldest, start), now)
  return {
    count: firing.length,
    isGrave: firing.some(({ severity }) => severity === 'critical' || severity === 'error'),
    since: firing.length === 0 ? undefined : since,
  }
}
