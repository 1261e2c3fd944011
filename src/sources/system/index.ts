import { isObject } from '../../event/json/object.js'
import { systemTypes } from '../../types/host/system.js'
import { policyOf } from '../entry.js'
import { defineSource, ifEnabled } from '../kind.js'
import {
  faultReason,
  type Source,
  type SourceContext,
  type SourceDefinition,
  type SourceHealth,
} from '../source.js'
import { type Collector, type CollectorContext, Collectors } from './collector.js'
import { type SystemConfig, systemConfig } from './config.js'
import { diskCollector } from './disks.js'
import { factsCollector } from './facts.js'
import { loadCollector } from './load.js'
import { loginCollector } from './logins.js'
import { memoryCollector } from './memory.js'
import { networkCollector } from './network.js'
import { hostProbe, type SystemProbe } from './probe.js'
import { processCollector } from './processes.js'

export { systemTypes } from '../../types/host/system.js'
export { type SystemConfig, systemConfig } from './config.js'

/** This host: facts, load, memory, disks, network, logins and watched processes. */
export function systemSource(config: SystemConfig, probe: SystemProbe = hostProbe): SourceDefinition {
  return { name: 'system', policy: policyOf(config), create: () => new SystemSource(config, probe) }
}

class SystemSource implements Source {
  readonly #config: SystemConfig
  readonly #probe: SystemProbe
  #collectors: Collectors | undefined
  #stopped = false

  constructor(config: SystemConfig, probe: SystemProbe) {
    this.#config = config
    this.#probe = probe
  }

  async start(context: SourceContext): Promise<void> {
    const kept = (await context.load(record)) ?? {}
    if (this.#stopped) return
    this.#collectors = new Collectors(
      context.runtime,
      collectorsFor(this.#config, {
        runtime: context.runtime,
        probe: this.#probe,
        publish: (path, data) => context.publish(path, data),
        lost: (count, reason) => context.lost(count, reason),
        kept: (name) => kept[name],
        keep: (name, value) => {
          kept[name] = value
          context.moved(() => kept)
        },
      }),
    )
    this.#collectors.start()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#collectors?.stop()
  }

  health(): SourceHealth {
    const faults = this.#collectors?.faults ?? {}
    const unavailable = this.#collectors?.unavailable ?? {}
    const state = Object.keys(faults).length > 0 ? 'degraded' : 'up'
    const reason = faultReason(Object.entries(faults))
    return {
      state,
      reason,
      details: { ...faults, ...(Object.keys(unavailable).length > 0 && { unavailable }) },
    }
  }
}

function collectorsFor(config: SystemConfig, context: CollectorContext): Collector[] {
  const collectors = [
    factsCollector(context),
    loadCollector(context, config.load),
    memoryCollector(context, config),
    diskCollector(context, config.disks),
  ]
  if (config.network) collectors.push(networkCollector(context))
  if (config.logins) collectors.push(loginCollector(context))
  if (config.processes.length > 0) collectors.push(processCollector(context, config.processes))
  return collectors
}

function record(stored: unknown): Record<string, unknown> {
  if (!isObject(stored)) throw new Error('the position has no fields')
  return stored
}

export const systemSources = defineSource({
  name: 'system',
  config: systemConfig
    .meta({ whole: true })
    .prefault({})
    .describe('This host: load, memory, disks, network, logins, processes.'),
  types: systemTypes,
  open: ifEnabled(systemSource),
})
