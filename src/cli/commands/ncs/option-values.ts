import { InvalidArgumentError } from 'commander'
import { parseDuration } from '../../../config/values/quantities.js'
import { formatTime, microsOf, parsePosition } from '../../../event/position.js'
import { localZone } from '../../../event/zone.js'

const MAX_MS = 24 * 86400e3

/** When notifications are answered whose publishers wait. `ms`: the delay of the answer. */
export type AnswerMode = { how: 'auto' } | { how: 'manual' } | { how: 'delay'; ms: number }

export const verbosities = ['normal', 'verbose', 'very-verbose', 'debug'] as const
export type Verbosity = (typeof verbosities)[number]

/** ms; a number alone is ms, as in programs for NSO. */
export function readInterval(text: string): number {
  const ms = parseDuration(/^\d+$/.test(text) ? `${text}ms` : text)
  if (ms !== undefined && ms >= 1 && ms <= MAX_MS) return ms
  throw new InvalidArgumentError('It is not a duration from 1s to 24d, such as 10s or 10000 (ms).')
}

/** RFC 3339; `+10m` is a time to come. */
export function readMoment(text: string): string {
  return formatTime(readMicros(text))
}

/** µs since the epoch. */
export function readMicros(text: string): number {
  const now = Date.now()
  const ahead = text.startsWith('+') ? parseDuration(text.slice(1)) : undefined
  if (ahead !== undefined) return (now + ahead) * 1000
  try {
    const position = parsePosition(text)
    if (position.at === 'ago' || position.at === 'time' || position.at === 'local')
      return microsOf(position, now * 1000, localZone)
  } catch {
    // The message below fits better than that for positions.
  }
  throw new InvalidArgumentError('It is not a time, such as -1h, 06:00, +10m or 2026-11-20T06:00:00Z.')
}

export function readId(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is not the number of a user session.')
}

export function readAnswerMode(text: string): AnswerMode {
  if (text === 'auto' || text === 'manual') return { how: text }
  const [, delay = ''] = /^delay=(.*)$/.exec(text) ?? []
  const ms = parseDuration(delay)
  if (ms !== undefined && ms <= MAX_MS) return { how: 'delay', ms }
  throw new InvalidArgumentError('It is not auto, manual or delay=<duration>, such as delay=500ms.')
}
