import { TocsinError } from '../../errors/tocsin-error.js'
import { asFields } from '../../event/json/object.js'
import type { MadeEvent, RuleDefinition } from '../rule.js'
import type { RuleHost } from '../rule-host.js'
import type { KeptRule } from '../rule-record.js'
import { continuesAlerts, type RuleStore, settingsIn } from '../rule-store.js'
import { type AlertDefinition, SEVERITIES } from './alert.js'
import { RuleAlerts } from './rule-alerts.js'

/**
 * Ends the alerts of rules that are no longer configured, or no longer know them, so that none fires indefinitely. What a
 * crash makes happen twice is stored once.
 */
export async function endRemovedAlerts(
  definitions: readonly RuleDefinition[],
  store: RuleStore,
  host: RuleHost,
): Promise<void> {
  const byName = new Map(definitions.map((each) => [each.name, each]))
  let hasEnded = false
  for await (const [name, kept] of store.rules()) {
    const definition = byName.get(name)
    if (definition !== undefined && continuesAlerts(definition, kept)) continue
    for (const event of endsOf(name, kept, host.runtime.now())) {
      const stream = `rule:${name}:${kept.epoch}-${kept.began}:removed`
      if (!host.publish(event, stream)) throw new TocsinError('TCN_RULE_WAITS')
      hasEnded = true
    }
  }
  if (hasEnded) await host.settled()
}

function endsOf(name: string, { settings, snapshot }: KeptRule, now: number): MadeEvent[] {
  const definition = definitionIn(settings)
  if (definition === undefined || !snapshot.alerts?.length) return []
  const events: MadeEvent[] = []
  const alerts = new RuleAlerts(name, definition, {
    counterFor: () => events.length + 1,
    ended: (_group, event) => void events.push(event),
  })
  alerts.set.restore(snapshot.alerts)
  for (const alert of [...alerts.set.current()]) alerts.remove(alert, now)
  return events
}

/** Only the severity matters for the end of an alert. */
function definitionIn(settings: string): AlertDefinition | undefined {
  const { alert } = settingsIn(settings)
  const severity = SEVERITIES.find((each) => each === asFields(alert).severity)
  if (severity === undefined) return undefined
  const absent = { summary: undefined, link: undefined, endsAfter: undefined, hold: undefined }
  return { ...absent, severity, labels: {}, resolve: 'byHand', repeat: undefined }
}
