import { formatCount, formatSpan } from '../../../src/types/figures.js'
import { busStrings as text } from '../../strings/bus.js'

/** How long ago a time was, µs since the epoch; clocks of browser and hub may differ a little. */
export function since(micros: number): number {
  return Math.max(0, Date.now() * 1000 - micros)
}

/** `4m 2s`, and nothing below half a second. */
export function span(micros: number): string {
  return micros < 500_000 ? '–' : formatSpan(micros)
}

export function ago(micros: number | undefined): string {
  return micros === undefined ? text.never : text.ago(formatSpan(since(micros)))
}

/** `412/s`, `0.4/s`, `41.2k/s` */
export function perSecond(rate: number): string {
  return text.figures.perSecond(short(rate))
}

function short(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)}M`
  if (value >= 10_000) return `${(value / 1000).toFixed(1)}k`
  if (value >= 10 || value === 0) return formatCount(value)
  return value.toFixed(1)
}

/** `3.1 ms` */
export function millis(micros: number): string {
  const ms = micros / 1000
  return `${ms >= 100 ? formatCount(ms) : ms.toFixed(ms < 1 ? 2 : 1)} ms`
}
