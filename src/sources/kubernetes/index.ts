import { kubernetesTypes } from '../../types/host/kubernetes.js'
import { receiverOfEntry } from '../entry.js'
import { defineSource, each } from '../kind.js'
import { LaterSource } from '../later-source.js'
import type { SourceDefinition } from '../source.js'
import { type KubernetesSourceConfig, kubernetesSourcesConfig } from './config.js'

/** The fields that differ even if the same happens again. */
const VOLATILE = ['time', 'first', 'count', 'uid']

/** Returns the source of one entry of the configuration. */
export function kubernetesSource(config: KubernetesSourceConfig): SourceDefinition {
  return receiverOfEntry('kubernetes', config, VOLATILE, () => {
    const load = async () => {
      const { KubernetesSource } = await import('./source.js')
      return new KubernetesSource(config)
    }
    return new LaterSource(load)
  })
}

export const kubernetesSources = defineSource({
  name: 'kubernetes',
  config: kubernetesSourcesConfig.default([]).describe('Events of clusters of Kubernetes.'),
  types: kubernetesTypes,
  open: each(kubernetesSource),
})
