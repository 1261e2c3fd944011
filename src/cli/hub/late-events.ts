import type { Client } from '../../client/api.js'
import { parsePosition } from '../../event/position.js'
import type { ReadParams } from '../../methods/contract/index.js'
import type { ByEventTime, RangeOptions } from '../help/options.js'
import type { Io } from '../io.js'
import { formatCount } from '../terminal/figures.js'
import { call } from './connect.js'

/**
 * Says how many events of a range by the time of storing were stored after it, although they happened in it; undefined if
 * there are none. Never fails: the answer matters, not the note.
 */
export async function lateText(
  io: Io,
  client: Client,
  { from, to, eventTime = false }: RangeOptions & ByEventTime,
  wanted: Pick<ReadParams, 'filters'>,
): Promise<string | undefined> {
  if (to === undefined || eventTime || !['time', 'local', 'ago'].includes(parsePosition(to).at))
    return undefined
  const range = { ...(from !== undefined && { from }), to }
  const given = wanted.filters === undefined ? {} : { filters: wanted.filters }
  const late = await call(io, client, 'events.late', { ...given, ...range }).catch(() => undefined)
  if (late === undefined || late.count === 0) return undefined
  const many =
    late.count === 1 ? '1 event of this time was' : `${formatCount(late.count)} events of this time were`
  return `${many} stored later; --event-time shows ${late.count === 1 ? 'it' : 'them'}`
}
