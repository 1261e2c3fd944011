import type { HostLoad } from '../../types/host/system.js'
import type { Collector, CollectorContext } from './collector.js'
import { parseLoadAverage } from './parse-proc.js'
import { Sampled, type SampleOptions } from './sampled.js'

/** The kernel updates the load every 5 s. */
const INTERVAL_MS = 5_000

export function loadCollector(context: CollectorContext, options: SampleOptions): Collector {
  const { probe } = context
  const sampled = new Sampled(context, options)
  return {
    name: 'load',
    every: Math.min(INTERVAL_MS, options.interval),
    look() {
      const load = parseLoadAverage(probe.text('/proc/loadavg'))
      if (!load) throw new Error('/proc/loadavg is not understood')
      const data: Omit<HostLoad, 'level'> = { ...load, processors: probe.processors }
      sampled.observe('load', load.load1 / probe.processors, data)
    },
  }
}
