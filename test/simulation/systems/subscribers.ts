import type { HubClient } from '../../../src/client/client.js'
import { toTocsinError } from '../../../src/errors/tocsin-error.js'
import type { Event } from '../../../src/event/event.js'
import { Random } from '../base/random.js'
import type { Process } from '../base/world.js'
import type { History, Logged, Received, Registered } from '../checker/history.js'
import { bodyOf, connected } from './publisher.js'
import type { System } from './system.js'

const LOAD = 'load/'

/** Reads all events as they are stored, and resumes after a lost connection. */
export function startReader(system: System, name: string, hubs: readonly string[], history: History): void {
  const process = system.world.process(name)
  const received: Received[] = []
  history.readers.set(name, received)
  const read = async (client: HubClient) => {
    for await (const item of client.subscribe(LOAD, { from: 'start' })) {
      if (item.status === 'gap') {
        const { from, to, why } = item
        system.seen.add('gap')
        system.tell(`${name} is told of a gap from @${from} to @${to}: ${why}`)
        received.push({ from, to, why })
      } else if (item.status === undefined) {
        const event = nameOf(item.tag)
        system.tell(`${name} receives ${event} at @${item.seq}`, event)
        received.push({ place: item.seq, name: event })
      }
    }
  }
  begin(system, { process, hubs, producer: `${name}-reads`, ended: history.ended }, read)
}

interface MemberSettings {
  name: string
  hubs: readonly string[]
  /** It settles so many events at once; 0: each after a while. */
  settled: number
  /** ms */
  work: number
}

/** Part of the events on which a member works for long, and how many at most, so that it comes to the end of the load. */
const HARD = 0.02
const MOST_HARD = 8

/** A member of the one durable consumer. */
export function startMember(
  system: System,
  { name, hubs, settled, work }: MemberSettings,
  history: History,
): void {
  const process = system.world.process(name)
  const random = new Random(`${system.world.seed} works ${name}`)
  let left = work > 0 ? MOST_HARD : 0
  const consume = async (client: HubClient) => {
    const subscription = client.subscribe(LOAD, { consumer: 'work', from: 'start' })
    const open: Event[] = []
    for await (const item of subscription) {
      if (item.status === 'gap') {
        const { from, to, why } = item
        system.tell(`${name} is told of a gap from @${from} to @${to}: ${why}`)
        history.consumerGaps.push({ from, to })
      }
      if (item.status !== undefined) continue
      const kept = item.detach()
      const { seq, redelivered } = kept
      const about = nameOf(kept.tag)
      const mark = redelivered ? ', marked as redelivered' : ''
      system.tell(`${name} receives ${about} at @${seq}${mark}`, about)
      if (redelivered) system.seen.add('redelivery')
      history.consumed.push({ place: seq, name: about, isMarked: redelivered, at: system.world.time })
      if (left > 0 && random.chance(HARD)) {
        left--
        await new Promise<void>((resolve) => void process.runtime.after(random.between(1, work), resolve))
      }
      if (settled > 0) {
        if (open.push(kept) >= settled) subscription.ack(open.splice(0))
        continue
      }
      const isSlow = process.random.chance(0.01)
      process.runtime.after(isSlow ? 3000 : process.random.between(1, 50), () => {
        if (process.random.chance(0.01)) subscription.ack(kept, 'retry', { delay: 500, reason: 'again' })
        else subscription.ack(kept)
      })
    }
  }
  begin(system, { process, hubs, producer: `${name}-works`, ended: history.ended }, consume)
}

/** Answers each event that waits at the gate `go`. */
export function startGuard(system: System, name: string, hub: string, history: History): void {
  const process = system.world.process(name)
  const { world } = system
  let current: Registered | undefined
  const lost = () => {
    if (current !== undefined) current.until = world.time
    current = undefined
  }
  const watch = async (client: HubClient) => {
    const subscription = client.subscribe(LOAD, { gates: ['go'] })
    for await (const item of subscription) {
      if (item.status === 'live' && current === undefined) {
        current = { guard: name, hub, from: world.time, until: Number.POSITIVE_INFINITY }
        history.guards.push(current)
      } else if (item.status === 'reconnecting') lost()
      else if (item.status === 'gate')
        process.runtime.after(process.random.between(5, 300), () =>
          subscription.gateDone(item, { guard: name }),
        )
    }
  }
  begin(system, { process, hubs: [hub], producer: `${name}-guards`, ended: history.ended, lost }, watch)
}

export interface Asker {
  /** Set to let it end. */
  isOver: boolean
  /** An event of it waits. */
  isWaiting: boolean
}

/** Publishes events that wait at the gate `go`. */
export function startAsker(system: System, hubs: readonly string[], history: History): Asker {
  const name = 'asker'
  const process = system.world.process(name)
  const state = { isOver: false, isWaiting: false }
  const { world } = system
  const ask = async (client: HubClient) => {
    for (let number = 1; !state.isOver; number++) {
      const askedAt = world.time
      const event = `${name}/${number}`
      state.isWaiting = true
      try {
        const { gate } = await client.publish(`load/${event}`, bodyOf(event), { gate: 'go', deadline: 4000 })
        const answered = (gate?.answers ?? []).map(({ answer }) => (answer as { guard: string }).guard)
        const missing = (gate?.missing ?? []).map(({ hub, subscriber }) => hub ?? subscriber)
        if (missing.length > 0) system.seen.add('missing at a gate')
        system.tell(
          `${event} has passed: ${[...answered, ...missing.map((each) => `not ${each}`)].join(', ')}`,
          event,
        )
        history.passed.push({ name: event, askedAt, passedAt: world.time, answered, missing })
      } catch {
        // The connection was lost: whether all have answered is not known.
      }
      state.isWaiting = false
      await new Promise<void>((resolve) => void process.runtime.after(1000, resolve))
    }
  }
  begin(system, { process, hubs, producer: name }, ask)
  return state
}

interface Beginning {
  process: Process
  hubs: readonly string[]
  producer: string
  /** Where it is noted why the program ended, if only its own end may end it. */
  ended?: string[]
  lost?: () => void
}

/** Connects and runs, and does so again after an error. */
function begin(system: System, settings: Beginning, run: (client: HubClient) => Promise<void>): void {
  const { process, ended, lost = () => undefined } = settings
  const again = () => begin(system, settings, run)
  process.runtime.after(0, () =>
    connected(system, settings, (client) => {
      run(client).then(
        () => undefined,
        (thrown) => {
          ended?.push(`${process.name}: ${toTocsinError(thrown, 'TCN_INTERNAL')}`)
          lost()
          void client.close()
          process.runtime.after(1000, again)
        },
      )
    }),
  )
}

/** Reads the log of a hub as any client does. */
export function readLog(system: System, hub: string, logs: Map<string, Logged[]>): { isRead: boolean } {
  const state = { isRead: false }
  const process = system.world.process(`reader of ${hub}`)
  const log: Logged[] = []
  logs.set(hub, log)
  const read = async (client: HubClient) => {
    for await (const { tag, seq } of client.read(LOAD).events()) {
      const [publisher, number] = nameOf(tag).split('/')
      log.push({ place: seq, publisher, number: Number(number) })
    }
    state.isRead = true
  }
  begin(system, { process, hubs: [hub], producer: `reads-${hub}`, lost: () => log.splice(0) }, read)
  return state
}

/** Asks the hubs which events of the consumer are parked. */
export function listParked(
  system: System,
  hubs: readonly string[],
  { parked }: History,
): { isRead: boolean } {
  const state = { isRead: false }
  const process = system.world.process('inspector of parked events')
  const ask = async (client: HubClient) => {
    const list = await client.request<{ parked: { tag: string }[] }>('parked.list', { limit: 1000 })
    for (const { tag } of list.parked) parked.add(nameOf(tag))
    state.isRead = true
  }
  begin(system, { process, hubs, producer: 'asks-parked' }, ask)
  return state
}

/** Asks a hub which edge hubs it knows, and which of their events it was told are missing. */
export function askAboutEdges(system: System, hub: string, { edges }: History): { isRead: boolean } {
  const state = { isRead: false }
  const process = system.world.process(`inspector of ${hub}`)
  const ask = async (client: HubClient) => {
    const { edges: known = [] } = await client.request<{ edges?: { name: string; state: string }[] }>(
      'hub.status',
    )
    edges.listed.set(
      hub,
      known.filter(({ state }) => state === 'up').map(({ name }) => name),
    )
    edges.gaps.set(hub, [])
    for await (const event of client.read('hub/gap/edge/').events()) {
      const { source, first = 0, last = 0 } = event.data as { source: string; first?: number; last?: number }
      system.seen.add('gap of an edge hub')
      edges.gaps.get(hub)!.push({ edge: source.slice('edge/'.length), from: first, to: last })
    }
    state.isRead = true
  }
  begin(system, { process, hubs: [hub], producer: `asks-${hub}` }, ask)
  return state
}

function nameOf(tag: string): string {
  return tag.slice(LOAD.length)
}
