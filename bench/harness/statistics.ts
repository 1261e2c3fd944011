export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** Returns the value at the nearest rank, or the mean of two for an even median. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN
  const sorted = Float64Array.from(values).sort()
  if (share === 0.5 && sorted.length % 2 === 0) {
    return (sorted[sorted.length / 2 - 1] + sorted[sorted.length / 2]) / 2
  }
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
}

/** Returns the median of the ratios of values that were measured one right after the other. */
export function pairedRatio(values: readonly number[], peers: readonly number[]): number {
  return median(values.map((value, round) => value / peers[round]))
}

/** Returns the geometric mean of the ratios of many short rounds, which varies less than their median. */
export function meanRatio(values: readonly number[], peers: readonly number[]): number {
  const logarithms = values.map((value, round) => Math.log(value / peers[round]))
  return Math.exp(logarithms.reduce((sum, each) => sum + each, 0) / logarithms.length)
}

export function spread(values: readonly number[]): string {
  return `${compact(Math.min(...values))} to ${compact(Math.max(...values))}`
}

export function compact(value: number): string {
  const size = Math.abs(value)
  if (size >= 1e6) return `${(value / 1e6).toFixed(2)}M`
  if (size >= 1e4) return `${(value / 1e3).toFixed(0)}k`
  if (size >= 100) return value.toFixed(0)
  return String(Number(value.toPrecision(3)))
}
