import type { Broken } from './check.js'
import type { EdgeGap, History, Logged } from './history.js'

/** Each edge hub is seen at the cluster, and each event of it that the cluster lacks is named there by one gap. */
export function checkEdges(history: History): Broken[] {
  const { edges, logs, removed } = history
  const broken = unlisted(history)
  // Of removed events nobody knows whether a gap has named them.
  if (removed.size > 0) return broken
  for (const [hub, log] of logs) {
    const arrived = new Set(log.map(({ publisher, number }) => `${publisher}/${number}`))
    for (const [edge, forwarded] of edges.logs)
      broken.push(...compare(hub, edge, forwarded, arrived, edges.gaps.get(hub) ?? []))
  }
  return broken
}

/** Events of which a gap says that an edge hub has not forwarded them, or may have said so before it was removed. */
export function leftOut({ edges, logs, removed }: History): Set<string> {
  const names = new Set<string>()
  if (!edges.mayLeaveOut) return names
  const isNamed = (edge: string, place: number) =>
    [...logs.keys()].every((hub) => namesOf(edges.gaps.get(hub) ?? [], edge, place) === 1)
  for (const [edge, log] of edges.logs)
    for (const { publisher, number, place } of log)
      if (removed.size > 0 || isNamed(edge, place)) names.add(`${publisher}/${number}`)
  return names
}

function unlisted({ edges: { logs, listed } }: History): Broken[] {
  const seen = new Set([...listed.values()].flat())
  return [...logs.keys()]
    .filter((edge) => !seen.has(edge))
    .map((edge) => ({ promise: 'gap', text: `${edge} is connected, and no hub knows of it` }))
}

function compare(
  hub: string,
  edge: string,
  forwarded: readonly Logged[],
  arrived: ReadonlySet<string>,
  gaps: readonly EdgeGap[],
): Broken[] {
  const broken: Broken[] = []
  for (const { publisher, number, place } of forwarded) {
    const about = `${publisher}/${number}`
    const count = namesOf(gaps, edge, place)
    if (count === (arrived.has(about) ? 0 : 1)) continue
    const has = arrived.has(about) ? 'has' : 'does not have'
    const text = `${hub} ${has} ${about}, @${place} of ${edge}, and ${count} gaps there name it`
    broken.push({ promise: 'gap', text, about })
  }
  return broken
}

function namesOf(gaps: readonly EdgeGap[], edge: string, place: number): number {
  return gaps.filter((gap) => gap.edge === edge && gap.from <= place && place <= gap.to).length
}
