import type { Retention } from './event-log.js'

/** The extent of a segment. */
export interface Extent {
  bytes: number
  count: number
  lastSeq: number
  /** Time of the last event, µs. */
  lastTime: number
}

/** Counts the oldest `sealed` segments that contain only events over a limit. The active segment always stays. */
export function expiredSegments(
  sealed: readonly Extent[],
  active: Extent,
  policy: Retention,
  now: number,
): number {
  let bytes = sumOf(sealed, 'bytes') + active.bytes
  let count = sumOf(sealed, 'count') + active.count
  const kept = sealed.findIndex((segment) => {
    bytes -= segment.bytes
    count -= segment.count
    const expired =
      (policy.age !== undefined && segment.lastTime < now - policy.age) ||
      (policy.bytes !== undefined && bytes >= policy.bytes) ||
      (policy.count !== undefined && count >= policy.count) ||
      (policy.through !== undefined && segment.lastSeq <= policy.through)
    return !expired
  })
  return kept < 0 ? sealed.length : kept
}

function sumOf(extents: readonly Extent[], what: 'bytes' | 'count'): number {
  return extents.reduce((sum, extent) => sum + extent[what], 0)
}
