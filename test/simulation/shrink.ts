import type { Counts, Fault, Plan } from './plan.js'

const MAX_RUNS = 60
const FEWER = [
  'leaves',
  'edges',
  'members',
  'readers',
  'guards',
  'sinks',
  'rules',
  'publishers',
  'hubs',
] as const
const LEAST: Partial<Counts> = { publishers: 1, hubs: 2 }

/** Leaves out what a plan does not need to fail: faults, then their time, then systems. */
export function shrink(plan: Plan, stillFails: (plan: Plan) => boolean): Plan {
  let best = plan
  let runs = 0
  const tryPlan = (next: Plan): boolean => {
    if (runs >= MAX_RUNS) return false
    runs++
    if (!stillFails(next)) return false
    best = next
    return true
  }
  for (let at = plan.faults.length - 1; at >= 0; at--)
    tryPlan({ ...best, faults: best.faults.filter((_, index) => index !== at) })
  for (const key of FEWER)
    while (best[key] > (LEAST[key] ?? 0) && isKnown(best, key) && tryPlan({ ...best, [key]: best[key] - 1 }));
  if (best.invalid > 0) tryPlan({ ...best, invalid: 0 })
  for (let at = 0; at < best.faults.length; at++)
    while (best.faults[at].length > 200 && tryPlan(withFault(best, at, shorter(best.faults[at]))));
  return best
}

/** What goes is the target of no fault. */
function isKnown({ faults, ...plan }: Plan, key: (typeof FEWER)[number]): boolean {
  const name = key === 'sinks' ? 'receiver' : `${NAMES[key]}${plan[key]}`
  return !faults.some(({ target }) => target === name) && !(key === 'edges' && plan.leaves > 0)
}

const NAMES = {
  leaves: 'leaf',
  edges: 'edge',
  members: 'member',
  readers: 'reader',
  guards: 'guard',
  rules: 'rule',
  sinks: 'receiver',
  publishers: 'publisher',
  hubs: 'hub',
}

function shorter(fault: Fault): Fault {
  return { ...fault, length: Math.round(fault.length / 2) }
}

function withFault(plan: Plan, at: number, fault: Fault): Plan {
  return { ...plan, faults: plan.faults.map((each, index) => (index === at ? fault : each)) }
}
