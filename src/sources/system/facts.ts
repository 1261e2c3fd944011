import { formatTime } from '../../event/position.js'
import type { HostBoot, HostSystem } from '../../types/host/system.js'
import type { Collector, CollectorContext } from './collector.js'
import { readInterfaces } from './network.js'
import { parseBootTime, parseMemory, parseOsName, parseUptime } from './parse-proc.js'
import type { SystemProbe } from './probe.js'

const INTERVAL_MS = 60_000
const MAX_INTERFACES = 64

/** Publishes facts about the host at the start and when they change, and an event for a boot since the last start. */
export function factsCollector(context: CollectorContext): Collector {
  const { probe } = context
  let published: string | undefined
  return {
    name: 'facts',
    every: INTERVAL_MS,
    look() {
      const { facts, faults } = readFacts(probe)
      const { bootId, bootTime, kernel } = facts
      if (bootId !== undefined && bootTime !== undefined && context.kept('boot') !== bootId) {
        const boot: HostBoot = { bootId, bootTime, kernel }
        if (context.publish('boot', boot)) context.keep('boot', bootId)
      }
      // The boot time varies by a second when the clock is corrected; interfaces have events of their own.
      const lasting = JSON.stringify({ ...facts, uptime: 0, bootTime: 0, interfaces: 0 })
      if (lasting !== published && context.publish('facts', facts)) published = lasting
      if (faults.length > 0) throw faults[0]
    },
  }
}

/** A part that cannot be read is left out, and the rest is published. */
function readFacts(probe: SystemProbe): { facts: HostSystem; faults: unknown[] } {
  const faults: unknown[] = []
  const part = <Value>(read: () => Value): Value | undefined => {
    try {
      return read()
    } catch (thrown) {
      faults.push(thrown)
      return undefined
    }
  }
  const facts: HostSystem = {
    hostname: part(() => probe.text('/proc/sys/kernel/hostname').trim()),
    os: osName(probe),
    kernel: probe.kernel,
    architecture: probe.architecture,
    processors: probe.processors,
    memory: part(() => parsed(probe, '/proc/meminfo', parseMemory).total),
    bootId: part(() => probe.text('/proc/sys/kernel/random/boot_id').trim()),
    bootTime: part(() => formatTime(parsed(probe, '/proc/stat', parseBootTime) * 1e6)),
    uptime: part(() => parsed(probe, '/proc/uptime', parseUptime)),
    interfaces: part(() => interfacesWithAddresses(probe)),
  }
  return { facts, faults }
}

function parsed<Value>(probe: SystemProbe, path: string, parse: (text: string) => Value | undefined): Value {
  const value = parse(probe.text(path))
  if (value === undefined) throw new Error(`${path} is not understood`)
  return value
}

function osName(probe: SystemProbe): string {
  try {
    return parseOsName(probe.text('/etc/os-release')) ?? 'Linux'
  } catch {
    return 'Linux'
  }
}

function interfacesWithAddresses(probe: SystemProbe): HostSystem['interfaces'] {
  const addresses = probe.addresses()
  return readInterfaces(probe)
    .slice(0, MAX_INTERFACES)
    .map(({ interface: name, up }) => ({
      interface: name,
      up,
      addresses: addresses.filter((each) => each.interface === name).map(({ address }) => address),
    }))
}
