import { formatTime } from '../../event/position.js'
import { localZone } from '../../event/zone.js'
import { formatSpan } from '../terminal/figures.js'

export const timeStyles = ['short', 'local', 'utc', 'relative', 'delta'] as const
export type TimeStyle = (typeof timeStyles)[number]

const MINUTE = 60e6
const SPAN_WIDTH = 8

/** Writes the times of events, in a form that depends on the time before. */
export class Times {
  readonly #style: TimeStyle
  readonly #now: () => number
  #previous: number | undefined
  #day: string

  /** `now` returns µs since the epoch. */
  constructor(style: TimeStyle, now = () => Date.now() * 1000) {
    this.#style = style
    this.#now = now
    this.#day = dayOf(now())
  }

  text(micros: number): string {
    switch (this.#style) {
      case 'short':
        return shortTime(micros)
      case 'local':
        return localTime(micros)
      case 'relative':
        return `${formatSpan(this.#now() - micros)} ago`.padStart(SPAN_WIDTH + 4)
      case 'delta': {
        const since = micros - (this.#previous ?? micros)
        this.#previous = micros
        return `${since < 0 ? '-' : '+'}${(Math.abs(since) / 1e6).toFixed(6)}`.padStart(12)
      }
      default:
        return utcTime(micros)
    }
  }

  /** The day, where it is another one than that of the time before, or at first than today. */
  newDay(micros: number): string | undefined {
    if (this.#style !== 'short') return undefined
    const day = dayOf(micros)
    if (day === this.#day) return undefined
    this.#day = day
    return day
  }
}

/** To the millisecond, in a form that `--from` accepts. */
function utcTime(micros: number): string {
  return `${formatTime(micros).slice(0, 23)}Z`
}

/** Returns the local time: `06:31:07.123`. */
export function shortTime(micros: number): string {
  return onClock(micros).slice(11, 23)
}

function localTime(micros: number): string {
  return onClock(micros).slice(0, 23) + offsetOf(micros)
}

function dayOf(micros: number): string {
  return `${onClock(micros).slice(0, 10)} (UTC${offsetOf(micros)})`
}

function onClock(micros: number): string {
  return formatTime(micros + localZone(micros / 1000) * MINUTE)
}

function offsetOf(micros: number): string {
  const minutes = localZone(micros / 1000)
  const digits = (count: number) => String(Math.trunc(count)).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${digits(Math.abs(minutes) / 60)}:${digits(Math.abs(minutes) % 60)}`
}
