import type { RuleInfo } from '../../methods/contract/index.js'
import { formatCount, formatSpan, plural } from '../terminal/figures.js'
import type { Column } from '../terminal/table.js'

/** The state of all rules, which they share; undefined without rules. */
export function rulesText(rules: readonly RuleInfo[]): string | undefined {
  if (rules.length === 0) return undefined
  const [{ state, reason }] = rules
  return `${plural(rules.length, 'rule')} ${state}${reason === undefined ? '' : `: ${reason}`}`
}

/** Rules that a guard has stopped, or that have failed or forgotten something. */
export function faultyRules(rules: readonly RuleInfo[]): RuleInfo[] {
  return rules.filter(({ lastFault }) => lastFault !== undefined)
}

/** `now`: µs since the epoch. */
export function faultAge({ lastFault = 0 }: RuleInfo, now: number): string {
  return formatSpan(Math.max(0, now - lastFault))
}

export function faultyRuleColumns(now: number): readonly Column<RuleInfo>[] {
  return [
    { title: 'RULE', text: (row) => row.name },
    { title: 'STOPPED', text: (row) => formatCount(row.stopped), right: true },
    { title: 'FAILED', text: (row) => formatCount(row.failed), right: true },
    { title: 'FORGOTTEN', text: (row) => formatCount(row.evicted), right: true },
    { title: 'LATE', text: (row) => formatCount(row.late), right: true },
    { title: 'LAST', text: (row) => `${faultAge(row, now)} ago`, right: true },
    { title: 'REASON', text: (row) => row.fault ?? '', flexible: true },
  ]
}
