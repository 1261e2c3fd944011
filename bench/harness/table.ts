import type { Figures, Row, Verdict } from './row.js'
import { compact } from './statistics.js'

/** Formats one row for people: the verdict, the figure it is judged by, further conditions and notes. */
export function describe(row: Row, verdict: Verdict, figures: Figures, seconds: number): string {
  const sign = row.judge.endsWith('at-least') ? '≥' : '≤'
  const judged = row.judge.startsWith('ratio')
    ? `${compact(verdict.ratio!)} × (required ${sign} ${row.must}, target ${row.aim})`
    : `(required ${sign} ${compact(row.must)}, target ${compact(row.aim)})`
  const peer = verdict.peer === undefined ? '' : `, against ${compact(verdict.peer)}`
  return [
    `${verdict.ok ? 'ok  ' : 'MISS'} ${row.name.padEnd(12)} ${compact(verdict.value)} ${row.unit}${peer}  ${judged}  [${seconds.toFixed(0)} s]`,
    `       ${row.what}`,
    ...(figures.also ?? []).map((condition) => `       ${condition.ok ? 'ok' : 'MISS'}: ${condition.what}`),
    ...(figures.notes ?? []).map((note) => `       ${note}`),
  ].join('\n')
}
