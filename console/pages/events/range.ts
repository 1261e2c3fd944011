import type { Signal } from '@preact/signals'
import { parsePosition } from '../../../src/event/position.js'

/** The time that counts are about, as positions on the command line, and the edge hubs that are asked, if not this hub. */
export interface Range {
  readonly from: string
  readonly to?: string
  readonly edges?: string
}

/** A time that is being chosen, µs since the epoch; `to` may be before `from`. */
export type Choosing = Signal<{ from: number; to: number } | undefined>

/** Spans to choose from. Others can be typed. */
export const spans = ['15m', '1h', '6h', '1d', '7d'] as const

/** The span up to now, in the grammar of positions. */
export function spanIn(params: URLSearchParams): string {
  const given = params.get('range') ?? ''
  return isSpan(given) ? given : '15m'
}

function isSpan(text: string): boolean {
  try {
    return parsePosition(`-${text}`).at === 'ago'
  } catch {
    return false
  }
}

/** The chosen time, or the last part of all. */
export function rangeIn(params: URLSearchParams): Range {
  const from = params.get('from')
  const to = params.get('to')
  const edges = params.get('edges')
  return {
    from: from ?? `-${spanIn(params)}`,
    ...(from !== null && to !== null && { to }),
    ...(edges !== null && { edges }),
  }
}

/** A time as a position. */
export function positionOf(micros: number): string {
  return new Date(micros / 1000).toISOString()
}
