import { Random } from './base/random.js'

export const FAULTS = [
  'kill',
  'pause',
  'cutFromNats',
  'cutToHub',
  'noLeader',
  'full',
  'subjectIndexLost',
  'ackLost',
  'ackLate',
  'consumerBehind',
] as const
export type FaultKind = (typeof FAULTS)[number]

export interface Fault {
  kind: FaultKind
  /** ms since the begin of the load */
  at: number
  length: number
  /** Name of a hub, a publisher or an edge hub. */
  target?: string
  direction?: 'to' | 'from' | 'both'
}

/** Everything that a run depends on. */
export interface Plan {
  /** What goes wrong. */
  name?: string
  /** The promise that is broken in code that has not been mended. */
  broke?: string
  seed: number
  hubs: number
  edges: number
  publishers: number
  ttl: number
  window: number
  /** Time of the load, ms. */
  length: number
  faults: Fault[]
}

/** Half of the kinds of faults only: one kind hides what another one shows. */
export function planOf(seed: number): Plan {
  const random = new Random(`${seed} plan`)
  const plan = {
    seed,
    hubs: random.whole(2, 3),
    edges: random.whole(0, 1),
    publishers: random.whole(1, 2),
    ttl: 5000,
    window: random.of([16, 64]),
    length: 40_000,
  }
  const kinds = FAULTS.filter(() => random.chance(0.5))
  const hubs = namesOf('hub', plan.hubs)
  const clients = [...namesOf('publisher', plan.publishers), ...namesOf('edge', plan.edges)]
  const faults = Array.from({ length: random.whole(1, 5) }, (): Fault => {
    const kind = random.of(kinds.length > 0 ? kinds : FAULTS)
    const length = Math.round(random.chance(0.5) ? random.between(200, 5000) : random.between(5000, 35_000))
    const target = random.of(kind === 'cutToHub' ? clients : hubs)
    const direction = random.of(['to', 'from', 'both'] as const)
    return { kind, at: Math.round(random.between(1000, 25_000)), length, target, direction }
  })
  return { ...plan, faults: faults.sort((one, other) => one.at - other.at) }
}

export function namesOf(kind: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${kind}${at + 1}`)
}
