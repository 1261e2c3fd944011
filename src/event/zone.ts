/** A time zone: the minutes by which its clocks are ahead of UTC at a time (ms since the epoch). */
export type Zone = (ms: number) => number

export const utcZone: Zone = () => 0

/** The zone of this process (`TZ`), or of the browser. */
export const localZone: Zone = (ms) => -new Date(ms).getTimezoneOffset()

const DAY = 86400e3
const MINUTE = 60e3

/**
 * Returns the zone of an IANA name such as `Europe/Berlin`, or of an offset such as `+05:30`; undefined if there is
 * none.
 *
 * @example
 * namedZone('+05:30')?.(Date.now()) // 330
 * namedZone('Mars/Base') // undefined
 */
export function namedZone(name: string): Zone | undefined {
  const offset = /^([+-])(\d{2}):?([0-5]\d)$/.exec(name)
  if (offset) {
    const minutes = (Number(offset[2]) * 60 + Number(offset[3])) * (offset[1] === '-' ? -1 : 1)
    return () => minutes
  }
  try {
    return zoneOf(new Intl.DateTimeFormat('en-US', { ...wallFields, timeZone: name }))
  } catch {
    return undefined
  }
}

const wallFields = {
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
} as const

function zoneOf(format: Intl.DateTimeFormat): Zone {
  return (ms) => {
    const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]))
    const wall = Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute)
    return Math.round((wall - Math.floor(ms / MINUTE) * MINUTE) / MINUTE)
  }
}

/** Returns the local time in the zone (ms), written as if it was UTC. */
export function wallClock(ms: number, zone: Zone): number {
  return ms + zone(ms) * MINUTE
}

/**
 * The time (ms) at which the clocks of the zone show `wall`. Where they show it twice, it is the first time; where they
 * jump over it, it is as much after the jump as `wall` is after the beginning of the jump.
 */
export function atWallClock(wall: number, zone: Zone): number {
  const early = wall - zone(wall - DAY) * MINUTE
  const late = wall - zone(wall + DAY) * MINUTE
  const right = [early, late].filter((ms) => wallClock(ms, zone) === wall)
  return right.length > 0 ? Math.min(...right) : early
}
