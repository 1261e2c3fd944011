import { formatTime } from '../../event/range.js'
import type { Collector, CollectorContext } from './collector.js'
import { readInterfaces } from './network.js'
import { parseBootTime, parseMemory, parseOsName, parseUptime } from './parse-proc.js'
import type { SystemProbe } from './probe.js'
import type { HostBoot, HostSystem } from './types.js'

const EVERY = 60_000
const MAX_INTERFACES = 64

/** What the host is: at the start, and when it changes. A boot since the last run is an event of its own. */
export function factsCollector(context: CollectorContext): Collector {
  const { probe } = context
  let published: string | undefined
  return {
    name: 'facts',
    every: EVERY,
    look() {
      const facts = readFacts(probe)
      if (context.kept('boot') !== facts.bootId) {
        const { bootId, bootTime, kernel } = facts
        const boot: HostBoot = { bootId, bootTime, kernel }
        if (context.publish('boot', boot)) context.keep('boot', bootId)
      }
      // The boot time moves by a second when the clock is corrected; interfaces have events of their own.
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
