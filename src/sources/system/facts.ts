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
      const facts = readFacts(probe)
      if (context.kept('boot') !== facts.bootId) {
        const { bootId, bootTime, kernel } = facts
        const boot: HostBoot = { bootId, bootTime, kernel }
        if (context.publish('boot', boot)) context.keep('boot', bootId)
      }
      // The boot time varies by a second when the clock is corrected; interfaces have events of their own.
      const lasting = JSON.stringify({ ...facts, uptime: 0, bootTime: 0, interfaces: 0 })
      if (lasting !== published && context.publish('facts', facts)) published = lasting
    },
  }
}

function readFacts(probe: SystemProbe): HostSystem {
  const bootTime = parseBootTime(probe.text('/proc/stat'))
  const uptime = parseUptime(probe.text('/proc/uptime'))
  const memory = parseMemory(probe.text('/proc/meminfo'))
  if (bootTime === undefined || uptime === undefined || !memory) throw new Error('/proc is not understood')
  return {
    hostname: probe.text('/proc/sys/kernel/hostname').trim(),
    os: osName(probe),
    kernel: probe.kernel,
    architecture: probe.architecture,
    processors: probe.processors,
    memory: memory.total,
    bootId: probe.text('/proc/sys/kernel/random/boot_id').trim(),
    bootTime: formatTime(bootTime * 1e6),
    uptime,
    interfaces: interfacesWithAddresses(probe),
  }
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
