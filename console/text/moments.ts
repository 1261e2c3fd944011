import { signal } from '@preact/signals'

export const UTC_KEY = 'tocsin.utc'
const MINUTE = 60_000

/** Times are shown in UTC instead of the time zone of the browser, which remembers it. */
export const isUtc = signal(readUtc())

function readUtc(): boolean {
  try {
    return localStorage.getItem(UTC_KEY) !== null
  } catch {
    // The browser may allow no storage.
    return false
  }
}

/** By how many minutes the clocks that are shown are ahead of UTC at a time, ms since the epoch. */
export function shownZone(ms: number): number {
  return isUtc.value ? 0 : -new Date(ms).getTimezoneOffset()
}

/** The time as the clocks that are shown have it, in the fields of UTC. */
export function wall(micros: number): Date {
  const ms = micros / 1000
  return new Date(ms + shownZone(ms) * MINUTE)
}

export const two = (value: number) => String(value).padStart(2, '0')

/** `02:30:16.399`; micros since the epoch. */
export function clock(micros: number): string {
  const date = wall(micros)
  return `${seconds(micros)}.${String(date.getUTCMilliseconds()).padStart(3, '0')}`
}

/** `02:30:16` */
export function seconds(micros: number): string {
  const date = wall(micros)
  return `${minutes(micros)}:${two(date.getUTCSeconds())}`
}

/** `02:30` */
export function minutes(micros: number): string {
  const date = wall(micros)
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`
}

/** `14 Nov 06:12` */
export function dayAndMinute(micros: number): string {
  const date = wall(micros)
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${minutes(micros)}`
}

/** `14 Nov 06:12:31` */
export function dayAndSecond(micros: number): string {
  return `${dayAndMinute(micros)}:${two(wall(micros).getUTCSeconds())}`
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
