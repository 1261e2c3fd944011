import { saltTypes } from '../protocols/salt/types/index.js'
import { sctpTypes } from '../protocols/sctp/types/index.js'
import { sysadmTypes } from '../protocols/sysadm/types/index.js'
import type { SourcesConfig } from './config.js'
import { filesSource, filesTypes } from './files/index.js'
import { lifePreserverSource } from './life-preserver/index.js'
import { saltSource } from './salt/index.js'
import { sctpMetrics, sctpSource } from './sctp/index.js'
import type { SourceDefinition } from './source.js'
import { sysadmSource } from './sysadm/index.js'
import { systemSource, systemTypes } from './system/index.js'
import { systemStateSource } from './system-state/index.js'

export { type SourcesConfig, sourcesConfig } from './config.js'
export { SourceRunner } from './runner.js'
export type { SourceDefinition, SourceHost, SourceStatus } from './source.js'

/** The event types of the sources `system` and `files`. Those of the others belong to their protocols. */
export const sourceTypes = [systemTypes, filesTypes, saltTypes, sctpTypes, sysadmTypes]

/** The metrics that sources measure themselves. */
export const sourceMetrics = { ...sctpMetrics }

export function sourceDefinitions(config: SourcesConfig): SourceDefinition[] {
  return configuredSources(config).map(({ definition }) => definition)
}

export interface ConfiguredSource {
  name: string
  definition: SourceDefinition
  /** Text that differs if any setting of the source differs. */
  settings: string
}

export function configuredSources(config: SourcesConfig): ConfiguredSource[] {
  const { system, files, salt, sctp, sysadm, lifePreserver, systemState } = config
  return [
    ...(system.enabled ? [configured(systemSource(system), system)] : []),
    ...files.map((each) => configured(filesSource(each), each)),
    ...salt.map((each) => configured(saltSource(each), each)),
    ...sctp.map((each) => configured(sctpSource(each), each)),
    ...sysadm.map((each) => configured(sysadmSource(each), each)),
    ...(lifePreserver.enabled ? [configured(lifePreserverSource(lifePreserver), lifePreserver)] : []),
    ...(systemState.enabled ? [configured(systemStateSource(systemState), systemState)] : []),
  ]
}

function configured(definition: SourceDefinition, settings: unknown): ConfiguredSource {
  return { name: definition.name, definition, settings: JSON.stringify(settings) }
}
