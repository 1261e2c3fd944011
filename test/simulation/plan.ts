import { Random } from './base/random.js'
import type { First } from './base/world.js'

export const FAULTS = [
  'kill',
  'pause',
  'cutFromNats',
  'cutToHub',
  'slow',
  'clockJump',
  'noLeader',
  'full',
  'subjectIndexLost',
  'ackLost',
  'ackLate',
  'consumerBehind',
  'leaderMoves',
  'serverApart',
  'leaderShort',
  'retention',
  'duplicate',
  'reorder',
  'tornWrite',
  'sinkBusy',
] as const
export type FaultKind = (typeof FAULTS)[number] | 'bucketLost'

export interface Fault {
  kind: FaultKind
  /** ms since the begin of the load */
  at: number
  length: number
  /** Name of a hub, an edge hub, a client or `nats`. */
  target?: string
  direction?: 'to' | 'from' | 'both'
  /** What the target does first after a pause. */
  first?: First
}

/** The systems of a plan, by how many of each. */
export interface Counts {
  hubs: number
  /** Edge hubs that forward to the hubs. */
  edges: number
  /** Edge hubs that forward to the first edge hub. */
  leaves: number
  publishers: number
  /** Live readers that resume. */
  readers: number
  /** Members of one durable consumer. */
  members: number
  /** Subscribers of a gate, each at one hub; a publisher then waits for all of them. */
  guards: number
  /** 1: the hubs have rules. */
  rules: number
  /** 1: the hubs have a sink. */
  sinks: number
}

/** Everything that a run depends on. */
export interface Plan extends Counts {
  /** What goes wrong. */
  name?: string
  /** The promise that is broken in code that has not been mended. */
  broke?: string
  seed: number
  ttl: number
  window: number
  /** Time of the load, ms. */
  length: number
  /** 1: edge hubs connect to the hubs by WebSocket. */
  web: number
  /** The first edge hubs forward no event that is older, and say so, ms; 0: they forward all. */
  maxAge: number
  /** Members settle so many events at once; 0: each after a while. */
  settled: number
  /** The longest work of a member on an event before it reads on, ms; 0: none. */
  work: number
  /** Each so many-th event of a publisher has a body that is refused; 0 for none. */
  invalid: number
  faults: Fault[]
}

/** Settings that a plan may leave out. */
const NONE = {
  edges: 0,
  leaves: 0,
  readers: 0,
  members: 0,
  guards: 0,
  rules: 0,
  sinks: 0,
  web: 0,
  maxAge: 0,
  settled: 0,
  work: 0,
  invalid: 0,
  ttl: 5000,
  window: 16,
}

export function planFrom(text: string): Plan {
  return { ...NONE, ...(JSON.parse(text) as Omit<Plan, keyof typeof NONE>) }
}

/** The shortest load, and how long it lasts after the last fault, ms. */
const LEAST_MS = 15_000
const AFTER_MS = 5000
/** Within it more is published than is kept, ms. */
const BEHIND_MS = 8000
/** A hub that stands still for so long loses its lease, and is back before its clients have noticed, ms. */
const STILL_MS = [4300, 12_000] as const
/** What NATS sends to a hub takes up to this long before it stands still, ms. */
const SLOW_MS = 700
/** So long before it stands still, ms. */
const BEFORE_MS = 500

/** Half of the kinds of faults only: one kind hides what another one shows. */
export function planOf(seed: number): Plan {
  const random = new Random(`${seed} plan`)
  const edges = random.whole(0, 1)
  const plan = {
    seed,
    hubs: random.whole(2, 3),
    edges,
    leaves: edges > 0 && random.chance(0.3) ? 1 : 0,
    publishers: random.whole(1, 2),
    readers: random.chance(0.4) ? 1 : 0,
    members: random.chance(0.3) ? random.whole(1, 2) : 0,
    guards: random.chance(0.3) ? random.whole(1, 2) : 0,
    rules: random.chance(0.3) ? 1 : 0,
    sinks: random.chance(0.3) ? 1 : 0,
    invalid: random.chance(0.3) ? random.of([7, 40]) : 0,
    ttl: 5000,
    window: random.of([16, 64]),
    ...waysOf(seed, edges),
    settled: 0,
    work: workOf(seed),
  }
  const serving = servingOf(seed, plan)
  const kinds = FAULTS.filter((kind) => random.chance(0.5) && targetsOf(kind, plan).length > 0)
  const faults = Array.from({ length: random.whole(1, 5) }, () => faultOf(random, kinds, plan))
  const allowed = [...faults, ...behind(faults, plan), ...serving.pauses, ...losingOf(seed, plan)]
    .filter(isAllowed)
    .sort((one, other) => one.at - other.at)
    .map((fault) => (fault.kind === 'pause' ? { ...fault, first: firstOf(seed, fault) } : fault))
  const ends = allowed.map(({ at, length }) => at + length)
  return {
    ...plan,
    settled: serving.settled,
    faults: allowed,
    length: Math.max(LEAST_MS, ...ends.map((end) => end + AFTER_MS)),
  }
}

/** How edge hubs forward. Drawn by itself, so that all else of a seed stays. */
function waysOf(seed: number, edges: number): Pick<Plan, 'web' | 'maxAge'> {
  const random = new Random(`${seed} edges`)
  const web = edges > 0 && random.chance(0.3) ? 1 : 0
  return { web, maxAge: edges > 0 && random.chance(0.2) ? 5000 : 0 }
}

/**
 * How members settle, and when a hub stands still that may serve a consumer, often while it still waits for what it has
 * written itself. Drawn by itself as well.
 */
function servingOf(seed: number, { members, sinks, hubs }: Counts): { settled: number; pauses: Fault[] } {
  if (members === 0 && sinks === 0) return { settled: 0, pauses: [] }
  const random = new Random(`${seed} serving`)
  const settled = random.chance(0.5) && members > 0 ? random.of([5, 20]) : 0
  const target = random.of(namesOf('hub', hubs))
  const pauses = Array.from({ length: random.whole(0, 3) }, (_, turn): Fault[] => {
    const length = Math.round(random.between(...STILL_MS))
    const at = Math.round(random.between(1000, 8000) + turn * 20_000)
    const slow: Fault = { kind: 'slow', at: at - BEFORE_MS, length: SLOW_MS, target, direction: 'from' }
    return [...(random.chance(0.5) ? [slow] : []), { kind: 'pause', at, length, target }]
  })
  return { settled, pauses: random.chance(0.5) ? pauses.flat() : [] }
}

function workOf(seed: number): number {
  const random = new Random(`${seed} work`)
  return random.chance(0.5) ? random.of([2000, 8000]) : 0
}

/** All servers are killed, which may leave what they had in memory without a leader. Drawn by itself as well. */
function losingOf(seed: number, { hubs }: Counts): Fault[] {
  const random = new Random(`${seed} losing`)
  const at = Math.round(random.between(1000, 25_000))
  const length = Math.round(random.between(0, 13_000))
  const target = random.of(namesOf('hub', hubs))
  return random.chance(0.1) ? [{ kind: 'bucketLost', at, length, target }] : []
}

function firstOf(seed: number, { at }: Fault): First {
  return new Random(`${seed} first at ${at}`).of(['arrivals', 'timers'])
}

/** Cuts off the hub of the first reader before events are removed, so that it has not delivered all of them. */
function behind(faults: readonly Fault[], { readers }: Counts): Fault[] {
  if (readers === 0) return []
  return faults
    .filter(({ kind }) => kind === 'retention')
    .map(({ at }) => ({
      ...{ kind: 'cutFromNats', target: 'hub2', direction: 'both' },
      ...{ at: Math.max(500, at - BEHIND_MS), length: BEHIND_MS + 1000 },
    }))
}

function faultOf(random: Random, kinds: readonly FaultKind[], plan: Counts): Fault {
  const kind = kinds.length > 0 ? random.of(kinds) : 'kill'
  const length = Math.round(random.chance(0.5) ? random.between(200, 5000) : random.between(5000, 35_000))
  const target = random.of(targetsOf(kind, plan))
  const direction = random.of(['to', 'from', 'both'] as const)
  return { kind, at: Math.round(random.between(1000, 25_000)), length, target, direction }
}

function targetsOf(kind: FaultKind, plan: Counts): string[] {
  const hubs = namesOf('hub', plan.hubs)
  const edges = [...namesOf('edge', plan.edges), ...namesOf('leaf', plan.leaves)]
  switch (kind) {
    case 'kill':
      return [...hubs, ...edges]
    case 'pause':
    case 'clockJump':
      return [...hubs, ...edges, 'nats']
    case 'tornWrite':
      return edges
    case 'sinkBusy':
      return plan.sinks > 0 ? ['receiver'] : []
    case 'cutToHub':
      return clientsOf(plan)
    case 'slow':
      return [...hubs, ...clientsOf(plan)]
    default:
      return hubs
  }
}

/** All that may be cut off from the hubs. A guard that is cut off does not know it, and believes to be registered. */
function clientsOf({ publishers, edges, leaves, readers, members, sinks }: Counts): string[] {
  return [
    ...namesOf('publisher', publishers),
    ...namesOf('edge', edges),
    ...namesOf('leaf', leaves),
    ...namesOf('reader', readers),
    ...namesOf('member', members),
    ...(sinks > 0 ? ['receiver'] : []),
  ]
}

/** A stream that lacks what was acknowledged is safe only as long as a hub knows of it. */
function isAllowed({ kind }: Fault, _: number, all: readonly Fault[]): boolean {
  return !['kill', 'tornWrite'].includes(kind) || !all.some((fault) => fault.kind === 'leaderShort')
}

export function namesOf(kind: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${kind}${at + 1}`)
}
