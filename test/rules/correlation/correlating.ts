import type { ConditionDefinition } from '../../../src/rules/correlation/correlation.js'
import type { RuleDefinition } from '../../../src/rules/rule.js'
import { rule } from '../rule-events.js'

export const minutes = (count: number) => count * 60_000

export const login: ConditionDefinition = { name: 'login', filter: 'syslog/', by: ['data.peer'] }
export const link: ConditionDefinition = { name: 'link', filter: 'snmp/', by: ['data.ip4'] }

interface Correlating {
  conditions?: readonly ConditionDefinition[]
  ordered?: boolean
  /** ms */
  within?: number
}

/** A rule about a login and a link of one device, unless other conditions are given. */
export function correlating(
  { conditions = [login, link], ordered = false, within = minutes(5) }: Correlating = {},
  more: Partial<RuleDefinition> = {},
): RuleDefinition {
  return rule({
    correlation: { within, ordered, conditions },
    fire: { tag: `out/\${login.data.user}/\${link.data.port}`, data: null },
    ...more,
  })
}

export const loginAt = (at: number, peer = 'a', user = 'ada') => ({
  tag: 'syslog/n',
  at,
  data: { peer, user },
})
export const linkAt = (at: number, ip4 = 'a', port = 7) => ({ tag: 'snmp/t', at, data: { ip4, port } })
