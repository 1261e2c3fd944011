import { atWallClock, wallClock, type Zone } from './zone.js'

/** A time as the clocks of some zone show it: a day, and µs since its midnight. */
export interface LocalTime {
  /** A day by its midnight (ms) as if it was in UTC, or in relation to the current day. */
  day: number | 'today' | 'yesterday'
  micros: number
}

const DAY = 86400e3
const pattern =
  /^(?:(today|yesterday|\d{4}-\d{2}-\d{2})(?:(?:[Tt]| )(?=\d)|$))?(?:(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?$/

/** Reads `06:00`, `today`, `yesterday 18:30`, `2026-11-20` or `2026-11-20 06:00:00.5`; undefined for other texts. */
export function parseLocalTime(text: string): LocalTime | undefined {
  const match = text === '' ? null : pattern.exec(text)
  if (match === null) return undefined
  const [, name = 'today', hour = '0', minute = '0', second = '0', fraction = ''] = match
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  const day = name === 'today' || name === 'yesterday' ? name : midnightOf(name)
  if (day === undefined) return undefined
  const seconds = (Number(hour) * 60 + Number(minute)) * 60 + Number(second)
  return { day, micros: seconds * 1e6 + Number(fraction.padEnd(6, '0').slice(0, 6)) }
}

function midnightOf(date: string): number | undefined {
  const ms = Date.parse(`${date}T00:00Z`)
  // Date.parse accepts February 30 as a day of March.
  return Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(date) ? undefined : ms
}

/** µs since the epoch; `now` likewise. */
export function localMicros({ day, micros }: LocalTime, now: number, zone: Zone): number {
  const wall = (typeof day === 'number' ? day : midnight(day, now, zone)) + Math.floor(micros / 1000)
  return atWallClock(wall, zone) * 1000 + (micros % 1000)
}

function midnight(day: 'today' | 'yesterday', now: number, zone: Zone): number {
  const today = Math.floor(wallClock(now / 1000, zone) / DAY) * DAY
  return day === 'today' ? today : today - DAY
}
