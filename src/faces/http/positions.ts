import { z } from 'zod'
import { checkLocalRange } from '../../event/empty-range.js'
import { namedZone, utcZone, withoutZone, type Zone } from '../../event/index.js'
import { queryError } from './input.js'

const MAX_LENGTH = 100

/** A query parameter with a position. */
export function positionParameter(description: string) {
  return z.string().max(MAX_LENGTH).optional().describe(description)
}

export const zoneParameter = {
  tz: z
    .string()
    .max(MAX_LENGTH)
    .optional()
    .describe(
      'Time zone of the positions that have none, such as `today`, `06:00` and `2026-11-20`: a name such as `Europe/Berlin` or an offset such as `+01:00`; default UTC.',
    ),
}

export const timeParameter = z
  .enum(['stored', 'event'])
  .optional()
  .describe(
    'By which time the range is meant: that of storing (default), or that at which the events happened.',
  )

const names = ['from', 'to', 'before'] as const

/** The query with positions that mean the same in every time zone. Throws TCN_RANGE_INVALID or TCN_HTTP_QUERY. */
export function inZone<Query extends { tz?: string; from?: string; to?: string; before?: string }>(
  { tz, ...query }: Query,
  now: number,
): Omit<Query, 'tz'> {
  const zone = zoneOf(tz)
  checkLocalRange(query, now, zone)
  const resolved = names.flatMap((name) => {
    const text = query[name]
    return text === undefined ? [] : [[name, withoutZone(text, now, zone)]]
  })
  return { ...query, ...Object.fromEntries(resolved) }
}

function zoneOf(tz: string | undefined): Zone {
  const zone = tz === undefined ? utcZone : namedZone(tz)
  if (zone === undefined) throw queryError('tz', 'there is no such time zone')
  return zone
}
