import { median } from './statistics.js'

/** Turns in which caches fill and code is compiled. */
const WARM_UP = 2
const TOLERANCE = 0.1

export interface Trend {
  /** By how much the last third is above the first, as a share of the first. */
  growth: number
  flat: boolean
}

/** Compares the first and the last third of values after the warm-up; undefined if there are too few to tell. */
export function trendOf(values: readonly number[], warmUp = WARM_UP): Trend | undefined {
  const settled = values.slice(warmUp)
  if (settled.length < 3) return undefined
  const third = Math.floor(settled.length / 3)
  const growth = median(settled.slice(-third)) / median(settled.slice(0, third)) - 1
  return { growth, flat: growth <= TOLERANCE }
}
