import type { Bench } from './bench.js'

/** How the figure of a row is judged: itself, or its ratio to the peer; at least or at most `must`. */
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
  /** Where the peer is not what `value` is divided by, the ratio itself. */
  ratio?: number
  /** A condition of the row beside the figure. */
  also?: { ok: boolean; what: string }[]
  /** For people: spread, CPU per event. */
  notes?: string[]
}

/** One measurement may give several rows. */
export interface Benchmark {
  rows: Row[]
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

/** Four digits are more than these measurements are worth. */
function round<Value extends number | undefined>(value: Value): Value {
  return (value === undefined || value === 0 ? value : Number(value.toPrecision(4))) as Value
}
