import { tagSegment } from '../../event/tag.js'
import type { HostAddress, HostInterface } from '../../types/host/system.js'
import type { Collector, CollectorContext } from './collector.js'
import type { InterfaceAddress, SystemProbe } from './probe.js'

const INTERVAL_MS = 2_000
const MAX_INTERFACES = 1_024
const FOLDER = '/sys/class/net'
/** IFF_UP of netdevice(7) */
const FLAG_UP = 1

export type Interface = Omit<HostInterface, 'change'>

/** Publishes changes of interfaces and addresses. A change that the hub does not accept is published again later. */
export function networkCollector(context: CollectorContext): Collector {
  const { probe } = context
  let interfaces: Map<string, Interface> | undefined
  let addresses: Map<string, InterfaceAddress> | undefined

  function publishInterface(change: HostInterface['change'], found: Interface): boolean {
    return context.publish(`interface/${tagSegment(found.interface)}/${change}`, { ...found, change })
  }

  function publishAddress(change: HostAddress['change'], found: InterfaceAddress): boolean {
    return context.publish(`address/${tagSegment(found.interface)}/${change}`, { ...found, change })
  }

  function compareInterfaces(known: Map<string, Interface>, now: Map<string, Interface>): void {
    for (const [name, before] of known) {
      if (!now.has(name) && publishInterface('removed', { ...before, up: false })) known.delete(name)
    }
    for (const [name, found] of now) {
      const before = known.get(name)
      if (!before && !publishInterface('added', { ...found, up: false })) continue
      const changed = found.up !== (before?.up ?? false)
      if (!changed || publishInterface(found.up ? 'up' : 'down', found)) known.set(name, found)
      else if (!before) known.set(name, { ...found, up: false })
    }
  }

  function compareAddresses(known: Map<string, InterfaceAddress>, now: Map<string, InterfaceAddress>): void {
    for (const [key, gone] of known) if (!now.has(key) && publishAddress('removed', gone)) known.delete(key)
    for (const [key, found] of now) {
      if (!known.has(key) && publishAddress('added', found)) known.set(key, found)
    }
  }

  return {
    name: 'network',
    every: INTERVAL_MS,
    look() {
      const foundAddresses = byKey(probe.addresses())
      if (addresses) compareAddresses(addresses, foundAddresses)
      else addresses = foundAddresses
      const found = new Map(readInterfaces(probe).map((each) => [each.interface, each]))
      if (interfaces) compareInterfaces(interfaces, found)
      else interfaces = found
    },
  }
}

export function readInterfaces(probe: SystemProbe): Interface[] {
  return probe
    .list(FOLDER)
    .slice(0, MAX_INTERFACES)
    .map((name) => readInterface(probe, name))
    .filter((found) => found !== undefined)
}

function readInterface(probe: SystemProbe, name: string): Interface | undefined {
  try {
    const read = (file: string) => probe.text(`${FOLDER}/${name}/${file}`).trim()
    const state = read('operstate')
    const flags = Number.parseInt(read('flags'), 16)
    // Interfaces without a carrier of their own (lo, tunnels) always have the state `unknown`.
    const up = state === 'up' || (state === 'unknown' && (flags & FLAG_UP) !== 0)
    return { interface: name, up, state, address: read('address'), mtu: Number(read('mtu')) || 0 }
  } catch {
    // It was removed since it was listed, or is not an interface (`bonding_masters`).
    return undefined
  }
}

function byKey(addresses: InterfaceAddress[]): Map<string, InterfaceAddress> {
  return new Map(
    addresses.slice(0, 8 * MAX_INTERFACES).map((each) => [`${each.interface} ${each.address}`, each]),
  )
}
