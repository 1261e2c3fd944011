import { call } from '../../hub/api.js'
import { strings } from '../../strings.js'
import { endOfLog } from './log-pages.js'
import type { FilterInput } from './query.js'
import type { Marker } from './store.js'
import type { Waiting } from './waiting.js'

/** The way that a list which is catching up has before it. */
export interface Behind {
  /** Age of its last row, µs. */
  readonly micros: number
  /** Events of the log after it, also those that do not match. */
  readonly events: number
}

/** Measures how far it is from a cursor to the end of the log. */
export async function behindOf(cursor: string, lastTime: number | undefined): Promise<Behind | undefined> {
  const end = await endOfLog().catch(() => undefined)
  if (end === undefined) return undefined
  const now = Date.now() * 1000
  return {
    micros: Math.max(0, now - (lastTime ?? now)),
    events: Math.max(0, seqOf(end) - seqOf(cursor)),
  }
}

function seqOf(cursor: string): number {
  return Number(cursor.slice(cursor.lastIndexOf('-') + 1))
}

/** The end of the log, and a row that says how many events are left out before it. `waiting`: they are counted already. */
export async function wayToNow(
  filters: FilterInput | undefined,
  from: string,
  waiting: Waiting | undefined,
  signal: AbortSignal,
): Promise<{ end: string; marker: Marker | undefined }> {
  const end = await endOfLog()
  const { count, exact } = waiting ?? (await countBetween(filters, from, end, signal))
  const isNothing = count === 0 && exact
  return {
    end,
    marker: isNothing ? undefined : { kind: 'skipped', text: strings.events.skipped(count, exact) },
  }
}

/** Counts none where the hub does not answer, and says that it is not exact. */
async function countBetween(filters: FilterInput | undefined, from: string, to: string, signal: AbortSignal) {
  const params = { filters: filters as never, from, to }
  const found = await call('filters.explain', params, signal).catch(() => undefined)
  return { count: found?.count?.matched ?? 0, exact: found?.count?.exact === true }
}
