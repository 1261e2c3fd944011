import type { Bench } from './bench.js'
import type { Program } from './programs.js'

/** The comparison that decides on a row: its value or its ratio to the peer must be at least or at most `must`. */
export type Judge = 'value-at-least' | 'value-at-most' | 'ratio-at-least' | 'ratio-at-most'

export interface Row {
  name: string
  what: string
  unit: string
  judge: Judge
  must: number
  aim: number
}

export interface Figures {
  value: number
  peer?: number
  /** The ratio itself, if it is not `value` divided by `peer`. */
  ratio?: number
  /** Conditions of the row in addition to the figure. */
  also?: { ok: boolean; what: string }[]
  /** For people: spread, CPU time per event. */
  notes?: string[]
}

/** One measurement may produce several rows. */
export interface Benchmark {
  rows: Row[]
  /** Programs without which it cannot run. */
  needs?: readonly Program[]
  run(bench: Bench): Promise<Record<string, Figures>>
}

export interface Verdict {
  value: number
  unit: string
  peer?: number
  ratio?: number
  must: number
  ok: boolean
}

export function judge(row: Row, figures: Figures): Verdict {
  const { value, peer } = figures
  const ratio = figures.ratio ?? (peer === undefined ? undefined : value / peer)
  const judged = row.judge.startsWith('ratio') ? (ratio ?? Number.NaN) : value
  const reached = row.judge.endsWith('at-least') ? judged >= row.must : judged <= row.must
  const ok = reached && (figures.also ?? []).every((condition) => condition.ok)
  return { value: round(value), unit: row.unit, peer: round(peer), ratio: round(ratio), must: row.must, ok }
}

/** Rounds to four digits, which is more than the precision of these measurements. */
function round<Value extends number | undefined>(value: Value): Value {
  return (value === undefined || value === 0 ? value : Number(value.toPrecision(4))) as Value
}
