import type { Figures, Row, Verdict } from './row.js'
import { compact } from './statistics.js'

/** One row for people: the verdict, what it is judged by, and what else was seen. */
export function describe(row: Row, verdict: Verdict, figures: Figures, seconds: number): string {
  const sign = row.judge.endsWith('at-least') ? '≥' : '≤'
  const judged = row.judge.startsWith('ratio')
    ? `${compact(verdict.ratio!)} × (must ${sign} ${row.must}, aim ${row.aim})`
    : `(must ${sign} ${compact(row.must)}, aim ${compact(row.aim)})`
  const peer = verdict.peer === undefined ? '' : `, against ${compact(verdict.peer)}`
  return [
    `${verdict.ok ? 'ok  ' : 'MISS'} ${row.name.padEnd(12)} ${compact(verdict.value)} ${row.unit}${peer}  ${judged}  [${seconds.toFixed(0)} s]`,
    `       ${row.what}`,
    ...(figures.also ?? []).map((condition) => `       ${condition.ok ? 'ok' : 'MISS'}: ${condition.what}`),
    ...(figures.notes ?? []).map((note) => `       ${note}`),
  ].join('\n')
}
