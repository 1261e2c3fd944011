import { type Fault, namesOf, type Plan } from './plan.js'
import type { SimulatedHub } from './systems/hub.js'
import { clientOf } from './systems/publisher.js'
import type { Receiver } from './systems/sink.js'
import { type System, serverOf } from './systems/system.js'

const nothing = () => undefined

/** Begins a fault. Returns what ends it. */
export function begin(
  system: System,
  { hubs: count }: Plan,
  { kind, target = '', direction = 'both', length, first }: Fault,
  hubs: ReadonlyMap<string, SimulatedHub>,
  receiver?: Receiver,
): () => void {
  const { model, world, network } = system
  const { anomalies } = model
  switch (kind) {
    case 'kill':
      hubs.get(target)?.kill()
      return () => hubs.get(target)?.restart()
    case 'pause':
      world.pause(hubs.get(target)?.process ?? system.nats, length, first)
      return nothing
    case 'clockJump':
      return jump(hubs.get(target)?.process ?? system.nats, direction, length)
    case 'cutFromNats':
      return cut(system, target, ['nats'], direction)
    case 'cutToHub':
      return cut(system, target, othersOf(target, count), direction)
    case 'slow': {
      const others = target.startsWith('hub') ? ['nats'] : othersOf(target, count)
      return onWays(target, others, direction, (from, to, isOn) =>
        network.slow(from, to, isOn ? Math.min(length, 1500) : undefined),
      )
    }
    case 'duplicate':
      return onWays(target, ['nats'], direction, (from, to, isOn) => network.double(from, to, isOn ? 0.1 : 0))
    case 'reorder':
      return onWays(target, ['nats'], 'from', (from, to, isOn) => network.unorder(from, to, isOn))
    case 'tornWrite':
      return tear(system, hubs.get(target)!)
    case 'noLeader':
      model.elect(length)
      return nothing
    case 'leaderMoves':
      return moveLeader(system, length)
    case 'serverApart':
      return setApart(system, serverOf(target), length)
    case 'leaderShort':
      return shorten(system, length)
    case 'full':
      for (const { disk } of hubs.values()) disk.isFull = true
      anomalies.isFull = true
      return () => {
        for (const { disk } of hubs.values()) disk.isFull = false
        anomalies.isFull = false
      }
    case 'subjectIndexLost':
      // Until the leader changes, which only somebody who asks for it brings about.
      anomalies.subjectIndexLost = true
      return nothing
    case 'bucketLost':
      // Until it is removed, which only a hub does.
      model.lose('KV_sim_members')
      model.elect(length)
      return nothing
    case 'ackLost':
      anomalies.ackLost = true
      return () => Object.assign(anomalies, { ackLost: false })
    case 'ackLate':
      anomalies.ackLate = anomalies.consumerLate = Math.min(length, 3000)
      return () => Object.assign(anomalies, { ackLate: 0, consumerLate: 0 })
    case 'consumerBehind':
      anomalies.consumerBehind = true
      return () => Object.assign(anomalies, { consumerBehind: false })
    case 'sinkBusy':
      Object.assign(receiver ?? {}, { isBusy: true })
      return () => Object.assign(receiver ?? {}, { isBusy: false })
    case 'retention':
      keepFew(system, namesOf('hub', count))
      return nothing
  }
}

/** The clock of a process is set, and set right at the end. */
function jump(process: { clockOffset: number }, direction: Fault['direction'], length: number): () => void {
  // The servers keep time by themselves, but for a few seconds.
  const ms = length * (direction === 'from' ? -1 : 1)
  process.clockOffset += ms
  return () => {
    process.clockOffset -= ms
  }
}

/** The last appends of the old leader are stored without an answer, or lost; its consumers may end with it. */
function moveLeader(system: System, length: number): () => void {
  const { model, nats } = system
  const { anomalies } = model
  const { random } = nats
  anomalies.ackLost = true
  nats.runtime.after(random.between(0, 100), () => {
    anomalies.appendLost = true
    nats.runtime.after(random.between(0, 100), () => {
      anomalies.ackLost = anomalies.appendLost = false
      if (random.chance(0.5)) model.endConsumersOf(model.servers.leader)
      model.elect(Math.min(length, random.between(100, 5000)), () =>
        system.tell(`${model.servers.leader} leads the streams`),
      )
    })
  })
  return nothing
}

function setApart(system: System, server: string, length: number): () => void {
  const { model, nats } = system
  const mustElect = model.servers.cutOff(server, model.streams)
  if (mustElect) model.elect(Math.min(length, nats.random.between(500, 5000)))
  return () => {
    model.servers.join(server)
    model.joined()
  }
}

/** A server leads that lacks the last messages of the log, until another one leads. */
function shorten({ model, nats }: System, length: number): () => void {
  const stream = model.streams.get('SIM')
  if (stream !== undefined) {
    const short = stream.copy()
    short.cutOff(nats.random.whole(1, 30))
    model.short.set('SIM', short)
  }
  // Its followers have it all, and one of them leads in the end.
  nats.runtime.after(length, () => model.short.delete('SIM'))
  return nothing
}

/** A client asks a hub to keep the newest events only. */
function keepFew(system: System, hubs: readonly string[]): void {
  const process = system.world.process('operator')
  const client = clientOf(system, { process, hubs, producer: 'operator' })
  const compact = async () => {
    await client.open()
    await client.request('log.compact', { policy: { count: 50 } })
  }
  process.runtime.after(
    0,
    () =>
      void compact()
        .catch(nothing)
        .then(() => client.close()),
  )
}

/** The hubs to which a client or an edge hub connects. */
function othersOf(target: string, count: number): string[] {
  return target.startsWith('leaf') ? ['edge1'] : namesOf('hub', count)
}

function waysOf(
  target: string,
  others: readonly string[],
  direction: Fault['direction'],
): [string, string][] {
  return others.flatMap((other): [string, string][] => [
    ...(direction === 'from' ? [] : [[target, other] as [string, string]]),
    ...(direction === 'to' ? [] : [[other, target] as [string, string]]),
  ])
}

function cut(
  { network }: System,
  target: string,
  others: readonly string[],
  direction: Fault['direction'],
): () => void {
  return onWays(target, others, direction, (from, to, isOn) =>
    isOn ? network.cut(from, to) : network.heal(from, to),
  )
}

/** Changes something on each way. Returns what changes it back. */
function onWays(
  target: string,
  others: readonly string[],
  direction: Fault['direction'],
  change: (from: string, to: string, isOn: boolean) => void,
): () => void {
  const ways = waysOf(target, others, direction)
  for (const [from, to] of ways) change(from, to, true)
  return () => {
    for (const [from, to] of ways) change(from, to, false)
  }
}

/** Kills an edge hub while it writes: of that, everything or a torn piece is on its disk. */
function tear({ seen }: System, hub: SimulatedHub): () => void {
  const { disk } = hub
  disk.onWriting = () => {
    disk.onWriting = undefined
    seen.add('tornWrite')
    hub.kill()
    disk.tear()
    return true
  }
  return () => {
    disk.onWriting = undefined
    hub.restart()
  }
}
