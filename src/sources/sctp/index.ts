import { sctpTypes } from '../../protocols/sctp/types/index.js'
import { gauge, type MetricSample } from '../../types/metric.js'
import { policyOf } from '../entry.js'
import { defineSource, each } from '../kind.js'
import type { SourceDefinition } from '../source.js'
import { type AssociationInfo, Associations } from './associations.js'
import { type SctpSourceConfig, sctpSourcesConfig } from './config.js'
import { sctpMethods } from './methods.js'
import { SctpSource } from './source.js'

export { type SctpSourceConfig, sctpSourcesConfig } from './config.js'

export const sctpMetrics = {
  tocsin_sctp_associations: gauge('associations', 'SCTP associations of a source, by their state.', [
    'source',
    'state',
  ]),
  tocsin_sctp_peer_addresses: gauge(
    'addresses',
    'Addresses of the peers of the SCTP associations of a source, by their state.',
    ['source', 'state'],
  ),
}

/** Defines a source for the kernel's notifications of SCTP associations. */
export function sctpSource(config: SctpSourceConfig): SourceDefinition {
  const name = `sctp/${config.name}`
  const associations = new Associations()
  return {
    name,
    origin: name,
    silentAfter: config.silentAfter,
    policy: policyOf(config),
    create: () => new SctpSource(config, associations),
    inspect: () => associations.list(),
    samples: () => associationSamples(config.name, associations.list()),
  }
}

/** Counts the associations that are alive, and the addresses of their peers, by state. */
export function* associationSamples(
  source: string,
  associations: readonly AssociationInfo[],
): Iterable<MetricSample> {
  const alive = associations.filter(({ state }) => state === 'up' || state === 'shutting-down')
  const counts = [
    ['tocsin_sctp_associations', alive],
    ['tocsin_sctp_peer_addresses', alive.flatMap(({ peers }) => peers)],
  ] as const
  for (const [name, each] of counts) {
    for (const [state, value] of countByState(each)) yield { name, value, labels: { source, state } }
  }
}

function countByState(all: readonly { state: string }[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { state } of all) counts.set(state, (counts.get(state) ?? 0) + 1)
  return counts
}

export const sctpSources = defineSource({
  name: 'sctp',
  config: sctpSourcesConfig.default([]).describe('SCTP associations, as reported by the kernel.'),
  types: sctpTypes,
  metrics: sctpMetrics,
  methods: sctpMethods,
  open: each(sctpSource),
})
