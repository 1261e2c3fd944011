import { sysadmTypes } from '../../protocols/sysadm/types/index.js'
import { defineSource, ifEnabled } from '../kind.js'
import type { SourceDefinition } from '../source.js'
import { type LifePreserverConfig, lifePreserverConfig } from './config.js'
import { LifePreserverSource, type SnapshotHost, thisHost } from './source.js'

export { type LifePreserverConfig, lifePreserverConfig } from './config.js'

/** Snapshots and replications, as SysAdm reports them. */
export function lifePreserverSource(
  config: LifePreserverConfig,
  host: SnapshotHost = thisHost,
): SourceDefinition {
  const { silentAfter } = config
  const create = () => new LifePreserverSource(config, host)
  return { name: 'life-preserver', tags: 'sysadm', silentAfter, create }
}

export const lifePreserverSources = defineSource({
  name: 'lifePreserver',
  config: lifePreserverConfig
    .meta({ whole: true })
    .prefault({})
    .describe('Snapshots and replications, as SysAdm reports them.'),
  types: sysadmTypes,
  open: ifEnabled(lifePreserverSource),
})
