import { type Fault, namesOf, type Plan } from './plan.js'
import type { SimulatedHub } from './systems/hub.js'
import type { System } from './systems/system.js'

/** Begins a fault. Returns what ends it. */
export function begin(
  system: System,
  { hubs: count }: Plan,
  { kind, target = '', direction = 'both', length }: Fault,
  hubs: ReadonlyMap<string, SimulatedHub>,
): () => void {
  const { model, world } = system
  const { anomalies } = model
  switch (kind) {
    case 'kill':
      hubs.get(target)?.kill()
      return () => hubs.get(target)?.restart()
    case 'pause':
      world.pause(hubs.get(target)!.process, length)
      return () => undefined
    case 'cutFromNats':
      return cut(system, target, ['nats'], direction)
    case 'cutToHub':
      return cut(system, target, namesOf('hub', count), direction)
    case 'noLeader':
      anomalies.hasNoLeader = true
      return () => {
        anomalies.hasNoLeader = false
        anomalies.subjectIndexLost = false
      }
    case 'full':
      anomalies.isFull = true
      return () => Object.assign(anomalies, { isFull: false })
    case 'subjectIndexLost':
      // Until the leader changes, which only somebody who asks for it brings about.
      anomalies.subjectIndexLost = true
      return () => undefined
    case 'ackLost':
      anomalies.ackLost = true
      return () => Object.assign(anomalies, { ackLost: false })
    case 'ackLate':
      anomalies.ackLate = Math.min(length, 3000)
      return () => Object.assign(anomalies, { ackLate: 0 })
    case 'consumerBehind':
      anomalies.consumerBehind = true
      return () => Object.assign(anomalies, { consumerBehind: false })
  }
}

function cut(
  { network }: System,
  target: string,
  others: string[],
  direction: Fault['direction'],
): () => void {
  const ways = others.flatMap((other) => [
    ...(direction === 'from' ? [] : [[target, other]]),
    ...(direction === 'to' ? [] : [[other, target]]),
  ])
  for (const [from, to] of ways) network.cut(from, to)
  return () => {
    for (const [from, to] of ways) network.heal(from, to)
  }
}
