import type { SourcesConfig } from './config.js'
import { filesSource, filesTypes } from './files/index.js'
import { saltSource } from './salt/index.js'
import { sctpSource } from './sctp/index.js'
import type { SourceDefinition } from './source.js'
import { systemSource, systemTypes } from './system/index.js'

export { type SourcesConfig, sourcesConfig } from './config.js'
export { SourceRunner } from './runner.js'
export type { SourceDefinition, SourceHost, SourceStatus } from './source.js'

/** Event types of all sources. */
export const sourceTypes = [systemTypes, filesTypes]

export function sourceDefinitions(config: SourcesConfig): SourceDefinition[] {
  return configuredSources(config).map(({ definition }) => definition)
}

export interface ConfiguredSource {
  name: string
  definition: SourceDefinition
  /** Equal as long as nothing about it is changed. */
  settings: string
}

export function configuredSources({ system, files, salt, sctp }: SourcesConfig): ConfiguredSource[] {
  return [
    ...(system.enabled ? [configured(systemSource(system), system)] : []),
    ...files.map((each) => configured(filesSource(each), each)),
    ...salt.map((each) => configured(saltSource(each), each)),
    ...sctp.map((each) => configured(sctpSource(each), each)),
  ]
}

function configured(definition: SourceDefinition, settings: unknown): ConfiguredSource {
  return { name: definition.name, definition, settings: JSON.stringify(settings) }
}
