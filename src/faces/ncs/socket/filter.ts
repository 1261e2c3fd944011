import { NOTIF_COMMIT_PROGRESS, NOTIF_PROGRESS } from '../../../protocols/ncs/constants/events.js'
import { loggedIn } from '../../../protocols/ncs/constants/mask.js'
import { kinds } from '../../../protocols/ncs/notifications/kinds.js'
import type { NcsRequest } from './request.js'

const VERBOSITY_DEBUG = 3

/**
 * The filter of a mask. The tags lead the index to the subscriptions of one type, so that the others cost nothing; the mask
 * itself then is one AND.
 */
export function filterOf({ mask, verbosity }: NcsRequest): Record<string, unknown> {
  const logged = loggedIn(mask)
  if (logged === 0) return { any: [] }
  const tags = kinds
    .filter(({ type, also = 0 }) => ((type | also) & logged) !== 0)
    .map(({ name }) => ({ prefix: { tag: `ncs/${name}` } }))
  const parts: Record<string, unknown>[] = [{ kind: logged }, { any: tags }]
  if ((logged & (NOTIF_PROGRESS | NOTIF_COMMIT_PROGRESS)) !== 0 && verbosity < VERBOSITY_DEBUG)
    parts.push({ not: { any: levelsAbove(verbosity) } })
  return { all: parts }
}

/** Producers say in an attribute how verbose a step of progress is. */
function levelsAbove(verbosity: number): Record<string, unknown>[] {
  return Array.from({ length: VERBOSITY_DEBUG - verbosity }, (_, i) => ({
    exact: { ncsverbosity: String(verbosity + 1 + i) },
  }))
}

/** The gates whose events a subscriber with this mask has to answer. */
export function gatesOf({ mask }: NcsRequest): string[] {
  return kinds.flatMap(({ type, gate }) =>
    gate !== undefined && (mask & type) !== 0 && (mask & gate.modifier) !== 0 ? [gate.name] : [],
  )
}
