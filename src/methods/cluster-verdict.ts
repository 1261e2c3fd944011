import { z } from 'zod'
import type { ClusterVerifyReport, HubView, VerifiedHub, VerifiedStream } from './contract/index.js'

/** The part of a hub's state that is compared. The hub may be of another version. */
const logShape = z.object({
  last: z.int(),
  lost: z.array(z.object({ from: z.int(), to: z.int() })).optional(),
})

/** Says if all servers have the same, and if that is what the hubs have delivered. `streams`: that of the log first. */
export function verdictOf(
  streams: readonly VerifiedStream[],
  views: readonly HubView[],
): ClusterVerifyReport {
  const [log] = streams
  const hubs = views.map((view) => verifiedHub(view, log))
  const results = new Set([...streams, ...hubs].map(({ result }) => result))
  const result = results.has('different') ? 'different' : results.has('incomplete') ? 'incomplete' : 'equal'
  return { result, streams: [...streams], hubs }
}

function verifiedHub({ hub, status, fault, code }: HubView, log: VerifiedStream): VerifiedHub {
  const found = logShape.safeParse(status?.log).data
  if (found === undefined)
    return { hub, result: 'incomplete', diverged: [], fault: fault ?? 'it does not say what it has', code }
  const { last, lost: diverged = [] } = found
  if (log.last === undefined) return { hub, result: 'incomplete', last, diverged }
  const isAhead = last > log.last
  return { hub, result: isAhead || diverged.length > 0 ? 'different' : 'equal', last, diverged }
}
