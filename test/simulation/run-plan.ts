import { Arrived } from './checker/arrived.js'
import { type Broken, check } from './checker/check.js'
import { History, type Logged } from './checker/history.js'
import { Leases } from './checker/leases.js'
import { begin } from './faults.js'
import { namesOf, type Plan } from './plan.js'
import { SimulatedHub } from './systems/hub.js'
import { clientOf, Publisher } from './systems/publisher.js'
import { System } from './systems/system.js'

/** Time for a cluster to begin, ms. */
const START_MS = 12_000
/** Time after all faults within which everything must be in order again, ms. */
const PEACE_MS = 90_000

export interface Outcome {
  broken: Broken[]
  /** Simulated, ms. */
  time: number
  events: number
  trace: string
  durable: number
  refused: number
}

/** Runs a plan, and compares what was promised with what there is. To be called from a turn of the event loop. */
export function runPlan(plan: Plan): Outcome {
  const system = new System(plan.seed)
  const { world } = system
  const history = new History()
  const broken: Broken[] = []
  const leases = new Leases(system)
  const hubs = new Map<string, SimulatedHub>()
  const cores = namesOf('hub', plan.hubs)
  for (const name of cores)
    hubs.set(name, new SimulatedHub(system, { name, ttl: plan.ttl, window: plan.window }))
  for (const name of namesOf('edge', plan.edges))
    hubs.set(name, new SimulatedHub(system, { name, core: cores }))
  world.run(() => false, START_MS)
  const load = [
    ...namesOf('publisher', plan.publishers).map(
      (name, at) => new Publisher(system, name, rotated(cores, at), 10, history),
    ),
    ...namesOf('edge', plan.edges).map((name) => new Publisher(system, `at-${name}`, [name], 20, history)),
  ]
  const ends: number[] = [plan.length]
  for (const fault of plan.faults) {
    ends.push(fault.at + fault.length)
    system.nats.runtime.after(fault.at, () => {
      const end = begin(system, plan, fault, hubs)
      system.nats.runtime.after(fault.length, end)
    })
  }
  const peace = START_MS + Math.max(...ends)
  world.run(() => false, peace)
  for (const each of load) each.isOver = true
  // Refusals settle promises too: only an event that is stored now shows that there is a primary.
  const probe = new Publisher(system, 'probe', cores, 1, history)
  const isStoring = () => [...(history.told.get('probe')?.values() ?? [])].includes('durable')
  const arrived = new Arrived(system, history)
  const isQuiet = () => {
    if (isStoring()) probe.isOver = true
    return probe.isOver && history.open === 0 && [...hubs.values()].every(isAtRest) && arrived.hasAll()
  }
  world.run(isQuiet, peace + PEACE_MS)
  if (!isQuiet()) broken.push({ promise: 'progress', text: unrest(history, hubs) })
  for (const name of cores) readLog(system, name, history)
  world.run(() => false, world.time + 3000)
  broken.push(...check(history), ...leases.broken)
  if ([...history.logs.values()].some((log) => log.length === 0))
    broken.push({ promise: 'progress', text: 'a hub has nothing to read at the end' })
  for (const fault of world.faults) broken.push({ promise: 'progress', text: `nobody has caught: ${fault}` })
  const answers = [...history.told.values()].flatMap((numbers) => [...numbers.values()])
  return {
    broken,
    time: world.time,
    events: world.events,
    trace: (world.trace >>> 0).toString(16),
    durable: answers.filter((told) => told === 'durable').length,
    refused: answers.filter((told) => told?.startsWith('TCN_')).length,
  }
}

function isAtRest({ hub }: SimulatedHub): boolean {
  if (hub === undefined) return false
  return hub.sources.every((source) => {
    const { details = {} } = source.status() as { details?: { waiting?: number } }
    return (details.waiting ?? 0) === 0
  })
}

function unrest(history: History, hubs: ReadonlyMap<string, SimulatedHub>): string {
  const busy = [...hubs].filter(([, hub]) => !isAtRest(hub)).map(([name]) => name)
  const isStoring = [...(history.told.get('probe')?.values() ?? [])].includes('durable')
  const storing = isStoring ? 'events are stored' : 'no event can be stored'
  return `after ${PEACE_MS / 1000} s of peace ${storing}, ${history.open} promises are open; not at rest: ${busy.join(', ') || 'nobody'}`
}

/** Reads the log of a hub as any client does. */
function readLog(system: System, hub: string, history: History): void {
  const log: Logged[] = []
  history.logs.set(hub, log)
  const process = system.world.process(`reader of ${hub}`)
  process.runtime.after(0, () => {
    const read = async () => {
      const client = await clientOf(system, process, [hub], `reads-${hub}`).open()
      for await (const { tag, seq } of client.read('load/').events()) {
        const [, publisher, number] = tag.split('/')
        log.push({ place: seq, publisher, number: Number(number) })
      }
    }
    read().catch((error) => system.world.faults.push(error))
  })
}

function rotated<Item>(items: readonly Item[], by: number): Item[] {
  return items.map((_, at) => items[(at + by) % items.length])
}
