import type { Client } from '../../client/api.js'
import { onlyGiven } from '../../event/json/only-given.js'
import type { FilterCheckParams } from '../../methods/contract/index.js'
import type { ByEventTime, RangeOptions } from '../help/options.js'
import type { Io } from '../io.js'
import { call } from './connect.js'

/**
 * Says which fields no event of a range has, and which comparisons cannot match, after a question to which no event was
 * the answer. Never fails: the answer matters, not the note.
 */
export async function unmetFields(
  io: Io,
  client: Client,
  { from, to, eventTime }: RangeOptions & ByEventTime,
  wanted: Pick<FilterCheckParams, 'filters' | 'fields'>,
): Promise<readonly string[]> {
  if (wanted.fields === undefined && !namesFields(wanted.filters)) return []
  const asked = onlyGiven({ ...wanted, from, to, time: eventTime ? ('event' as const) : undefined })
  const check = await call(io, client, 'filters.check', asked).catch(() => undefined)
  return check?.notes ?? []
}

/** Patterns look at the tag alone. */
function namesFields(filters: FilterCheckParams['filters']): boolean {
  if (Array.isArray(filters)) return filters.some((filter) => filter.startsWith('{'))
  return filters !== undefined && (typeof filters !== 'string' || filters.startsWith('{'))
}
