import { call } from '../../hub/api.js'
import { skippedText } from '../../strings/skipped.js'
import { endOfLog } from './log-pages.js'
import type { FilterInput } from './query.js'
import type { Marker } from './store.js'
import type { TailQuery } from './tail-query.js'
import type { Waiting } from './waiting.js'

/**
 * The end of the log, and a row that says how many events are left out before it, which is not known of edge hubs.
 * `waiting`: they are counted already.
 */
export async function wayToNow(
  { filters, edges }: TailQuery,
  from: string,
  waiting: Waiting | undefined,
  signal: AbortSignal,
): Promise<{ end: string; marker: Marker | undefined }> {
  if (edges !== undefined) return { end: new Date().toISOString(), marker: undefined }
  const end = await endOfLog()
  const { count, exact } = waiting ?? (await countBetween(filters, from, end, signal))
  const isNothing = count === 0 && exact
  return {
    end,
    marker: isNothing ? undefined : { kind: 'skipped', text: skippedText(count, exact) },
  }
}

/** Counts none where the hub does not answer, and says that it is not exact. */
async function countBetween(filters: FilterInput | undefined, from: string, to: string, signal: AbortSignal) {
  const params = { filters: filters as never, from, to }
  const found = await call('filters.explain', params, signal).catch(() => undefined)
  return { count: found?.count?.matched ?? 0, exact: found?.count?.exact === true }
}
