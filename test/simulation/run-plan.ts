import type { SourceStatus } from '../../src/sources/source.js'
import { Arrived } from './checker/arrived.js'
import { type Broken, check } from './checker/check.js'
import { History } from './checker/history.js'
import { Leases } from './checker/leases.js'
import { begin } from './faults.js'
import { type Fault, namesOf, type Plan } from './plan.js'
import { type HubSettings, SimulatedHub } from './systems/hub.js'
import { Publisher } from './systems/publisher.js'
import { Receiver } from './systems/sink.js'
import {
  askAboutEdges,
  listParked,
  readLog,
  startAsker,
  startGuard,
  startMember,
  startReader,
} from './systems/subscribers.js'
import { System, type Told } from './systems/system.js'

/** Time for a cluster to begin, ms. */
const START_MS = 4000
/** Time after all faults within which everything must be in order again, ms. */
const PEACE_MS = 90_000
/** Time to read the logs at the end, ms. */
const READ_MS = 3000

export interface Outcome {
  broken: Broken[]
  /** Simulated, ms. */
  time: number
  events: number
  trace: string
  durable: number
  refused: number
  /** Kinds of things that have happened. */
  seen: string[]
  story: Told[]
}

/** Runs a plan, and compares what was promised with what there is. To be called from a turn of the event loop. */
export function runPlan(plan: Plan, isTold = false): Outcome {
  const run = new Run(plan, isTold)
  run.begin()
  run.load()
  run.rest()
  return run.outcome()
}

class Run {
  readonly #plan: Plan
  readonly #system: System
  readonly #history = new History()
  readonly #broken: Broken[] = []
  readonly #leases: Leases
  readonly #hubs = new Map<string, SimulatedHub>()
  readonly #cores: string[]
  #receiver: Receiver | undefined
  /** Of the stream. */
  #last = 0
  #publishers: { isOver: boolean; isWaiting?: boolean }[] = []

  constructor(plan: Plan, isTold: boolean) {
    this.#plan = plan
    this.#system = new System(plan.seed, isTold)
    this.#cores = namesOf('hub', plan.hubs)
    this.#leases = new Leases(this.#system)
    this.#watchStream()
  }

  begin(): void {
    const { hubs, edges, leaves, members, rules, sinks, ttl, window, web, maxAge } = this.#plan
    const open = (name: string, settings: Omit<HubSettings, 'name'>) =>
      this.#hubs.set(name, new SimulatedHub(this.#system, { name, ...settings }))
    this.#history.hasRules = rules > 0
    this.#history.hasSink = sinks > 0
    this.#history.hasConsumer = members > 0
    this.#history.edges.mayLeaveOut = maxAge > 0
    if (sinks > 0) this.#receiver = new Receiver(this.#system, this.#history)
    const receiver = this.#receiver
    for (const name of namesOf('hub', hubs)) open(name, { ttl, window, hasRules: rules > 0, receiver })
    for (const name of namesOf('edge', edges)) open(name, { core: this.#cores, isWeb: web > 0, maxAge })
    for (const name of namesOf('leaf', leaves)) open(name, { core: ['edge1'] })
    this.#system.world.run(() => false, START_MS)
  }

  /** Until all faults are over. */
  load(): void {
    const { publishers, edges, leaves, readers, members, settled, work, guards, invalid, faults, length } =
      this.#plan
    const publisher = (name: string, hubs: readonly string[], perSecond: number) =>
      new Publisher(this.#system, { name, hubs, perSecond, invalid }, this.#history)
    const cores = (by: number) => this.#cores.map((_, at, all) => all[(at + by) % all.length])
    this.#publishers = [
      ...namesOf('publisher', publishers).map((name, at) => publisher(name, cores(at), 10)),
      ...[...namesOf('edge', edges), ...namesOf('leaf', leaves)].map((name) =>
        publisher(`at-${name}`, [name], 20),
      ),
    ]
    for (const [at, name] of namesOf('reader', readers).entries())
      startReader(this.#system, name, cores(at + 1), this.#history)
    for (const [at, name] of namesOf('member', members).entries())
      startMember(this.#system, { name, hubs: cores(at), settled, work }, this.#history)
    for (const [at, name] of namesOf('guard', guards).entries())
      startGuard(this.#system, name, cores(at)[0], this.#history)
    if (guards > 0) this.#publishers.push(startAsker(this.#system, cores(1), this.#history))
    for (const fault of faults) this.#schedule(fault)
    this.#system.world.run(
      () => false,
      START_MS + Math.max(length, ...faults.map((each) => each.at + each.length)),
    )
  }

  /** Until everything is in order again, and then the logs are read. */
  rest(): void {
    const { world } = this.#system
    const peace = world.time
    for (const each of this.#publishers) each.isOver = true
    // Refusals settle promises too: only an event that is stored now shows that there is a primary.
    const settings = { name: 'probe', hubs: this.#cores, perSecond: 1 }
    const probe = new Publisher(this.#system, settings, this.#history)
    const arrived = new Arrived(this.#history, peace)
    const isQuiet = () => {
      if (this.#isStoring) probe.isOver = true
      return probe.isOver && this.#history.open === 0 && this.#busy.length === 0 && arrived.hasAll(world.time)
    }
    world.run(isQuiet, peace + PEACE_MS)
    if (!isQuiet()) this.#broken.push({ promise: 'progress', text: this.#unrest(arrived) })
    this.#system.tell('everything is over, and the logs are read')
    const { logs, edges } = this.#history
    const forwarding = namesOf('edge', this.#plan.edges)
    const readers = [
      ...this.#cores.map((name) => readLog(this.#system, name, logs)),
      ...forwarding.map((name) => readLog(this.#system, name, edges.logs)),
      ...(this.#plan.members > 0 ? [listParked(this.#system, this.#cores, this.#history)] : []),
      ...(forwarding.length > 0 ? this.#cores : []).map((name) =>
        askAboutEdges(this.#system, name, this.#history),
      ),
    ]
    world.run(() => readers.every(({ isRead }) => isRead), world.time + READ_MS)
  }

  outcome(): Outcome {
    const { world, seen, story = [] } = this.#system
    const { logs, told, edges } = this.#history
    const broken = [...this.#broken, ...check(this.#history), ...this.#leases.broken]
    const all = [...logs.values(), ...edges.logs.values()]
    if (all.some((log) => log.length === 0) || edges.logs.size !== this.#plan.edges)
      broken.push({ promise: 'progress', text: 'a hub has nothing to read at the end' })
    if (this.#plan.edges > 0 && edges.gaps.size < logs.size)
      broken.push({ promise: 'progress', text: 'a hub does not say which edge hubs it knows' })
    for (const fault of world.faults)
      broken.push({ promise: 'progress', text: `nobody has caught: ${fault}` })
    const answers = [...told.values()].flatMap((numbers) => [...numbers.values()])
    return {
      broken,
      time: world.time,
      events: world.events,
      trace: (world.trace >>> 0).toString(16),
      durable: answers.filter((answer) => answer === 'durable').length,
      refused: answers.filter((answer) => answer?.startsWith('TCN_')).length,
      seen: [...seen].sort(),
      story,
    }
  }

  #watchStream(): void {
    const { model } = this.#system
    const { stored, times, made, removed } = this.#history
    model.stored.add(({ config }, { seq, subject, time }) => {
      if (config.name !== 'SIM') return
      this.#cutOff(seq)
      const tag = subject.slice(EVENT.length).replaceAll('.', '/')
      const name = tag.slice(tag.indexOf('/') + 1)
      times.set(seq, time / 1000)
      if (tag.startsWith('load/')) stored.set(seq, name)
      else if (tag.startsWith('alert/')) made.set(seq, tag)
      else return
      if (tag.startsWith('alert/')) this.#system.seen.add('consequence of a rule')
      const about = tag.startsWith('load/') ? name : tag.split('/').slice(2).join('/')
      this.#system.tell(`the servers store ${tag} at @${seq}`, about)
    })
    // A hub removes what was never acknowledged.
    model.deleted.add(({ config }, seq) => {
      if (config.name !== 'SIM') return
      this.#system.seen.add('late event')
      this.#system.tell(`${stored.get(seq)} is removed from @${seq}, where it was too late`, stored.get(seq))
      stored.delete(seq)
      made.delete(seq)
    })
    model.purged.add(({ config }, places) => {
      if (config.name !== 'SIM') return
      // Barriers are removed too.
      for (const place of places) if (stored.has(place) || made.has(place)) removed.add(place)
    })
  }

  /** A leader that lacks the end of the stream gives its places to others: that may be only what nobody has seen. */
  #cutOff(from: number): void {
    const { stored, made } = this.#history
    for (let place = this.#last; place >= from; place--) {
      const name = stored.get(place)
      if (name !== undefined) this.#system.tell(`${name} at @${place} is overwritten`, name)
      stored.delete(place)
      made.delete(place)
      this.#history.rewritten.add(place)
    }
    this.#last = from
  }

  #schedule(fault: Fault): void {
    const { at, length, first } = fault
    const { seen, faults } = this.#system
    const { runtime } = faults
    const words = wordsOf(fault)
    runtime.after(at, () => {
      if (!WITH_EFFECT.has(fault.kind)) seen.add(fault.kind)
      if (first !== undefined) seen.add(`${first} first after a pause`)
      this.#system.tell(`${words} begins, for ${(length / 1000).toFixed(1)} s`)
      if (fault.kind === 'clockJump' && fault.target === 'nats') this.#history.hasJumped = true
      const end = begin(this.#system, this.#plan, fault, this.#hubs, this.#receiver)
      runtime.after(length, () => {
        this.#system.tell(`${words} ends`)
        end()
      })
    })
  }

  get #isStoring(): boolean {
    return [...(this.#history.told.get('probe')?.values() ?? [])].includes('durable')
  }

  /** Names of those that have something left to do. */
  get #busy(): string[] {
    const asking = this.#publishers.some(({ isWaiting = false }) => isWaiting) ? ['asker'] : []
    const leaderless = [...this.#system.model.leaderless]
    return [
      ...asking,
      ...leaderless,
      ...[...this.#hubs].filter(([, hub]) => !isAtRest(hub)).map(([name]) => name),
    ]
  }

  #unrest(arrived: Arrived): string {
    const storing = this.#isStoring ? 'events are stored' : 'no event can be stored'
    const parts = [
      `after ${PEACE_MS / 1000} s of peace ${storing}`,
      `${this.#history.open} promises are open`,
      `not at rest: ${this.#busy.join(', ') || 'nobody'}`,
      ...arrived.missing,
    ]
    return parts.join(', ')
  }
}

const EVENT = 'sim.event.'

/** Kinds of faults that count when something has come of them. */
const WITH_EFFECT: ReadonlySet<string> = new Set(['duplicate', 'reorder', 'tornWrite'])

/** An edge hub that is between two attempts to connect is not, even if nothing waits there. */
function isAtRest({ hub }: SimulatedHub): boolean {
  if (hub === undefined) return false
  return hub.sources.every((source) => {
    const { state, details = {} } = (source.status() as SourceStatus).health ?? {}
    return state === 'up' && (details.waiting ?? 0) === 0
  })
}

function wordsOf({ kind, target = '', direction = 'both', first }: Fault): string {
  return `the fault ${kind} (${target}, ${direction}${first === undefined ? '' : `, then ${first} first`})`
}
