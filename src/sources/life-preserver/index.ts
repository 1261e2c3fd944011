import type { SourceDefinition } from '../source.js'
import type { LifePreserverConfig } from './config.js'
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
