import { formatCount, formatSpan } from '../../../src/types/figures.js'
import { busStrings as text } from '../../strings/bus.js'
import { dayAndMinute } from '../../text/moments.js'

/** The time by which the clock of the hub is ahead of that of the browser, µs. */
let ahead = 0

/** Takes over what the hub says that the time is, µs since the epoch. */
export function setClock(now: number): void {
  ahead = now - Date.now() * 1000
}

/** The time on the clock of the hub, with which all its times are compared; µs since the epoch. */
export function hubNow(): number {
  return Date.now() * 1000 + ahead
}

/** Returns the age of a time of the hub, µs. */
export function since(micros: number): number {
  return Math.max(0, hubNow() - micros)
}

/** `14 Nov 06:12`, and of another year `14 Nov 2027 06:12`. */
export function moment(micros: number): string {
  const year = new Date(micros / 1000).getFullYear()
  const shown = dayAndMinute(micros)
  return year === new Date().getFullYear() ? shown : shown.replace(/ (?=\S+$)/, ` ${year} `)
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
