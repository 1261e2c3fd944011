import type { HostMemory, HostSwap } from '../../types/host/system.js'
import type { Collector, CollectorContext } from './collector.js'
import { type Memory, parseMemory } from './parse-proc.js'
import { Sampled, type SampleOptions } from './sampled.js'

const INTERVAL_MS = 2_000

export interface MemoryOptions {
  memory: SampleOptions
  swap: SampleOptions
}

export function memoryCollector(context: CollectorContext, options: MemoryOptions): Collector {
  const memory = new Sampled(context, options.memory)
  const swap = new Sampled(context, options.swap)
  return {
    name: 'memory',
    every: Math.min(INTERVAL_MS, options.memory.interval),
    look() {
      const found = parseMemory(context.probe.text('/proc/meminfo'))
      if (!found) throw new Error('/proc/meminfo is not understood')
      const use = memoryUse(found)
      memory.observe('memory', use.usedPercent, use)
      if (found.swapTotal === 0) return
      const swapped = swapUse(found)
      swap.observe('swap', swapped.usedPercent, swapped)
    },
  }
}

function memoryUse({ total, available }: Memory): Omit<HostMemory, 'level'> {
  const used = Math.max(0, total - available)
  return { total, available, used, usedPercent: percent(used, total) }
}

function swapUse({ swapTotal, swapFree }: Memory): Omit<HostSwap, 'level'> {
  const used = Math.max(0, swapTotal - swapFree)
  return { total: swapTotal, free: swapFree, used, usedPercent: percent(used, swapTotal) }
}

/** Returns the percentage with one decimal; 0 if the whole is 0. */
export function percent(part: number, whole: number): number {
  return whole > 0 ? Math.round((part / whole) * 1000) / 10 : 0
}
