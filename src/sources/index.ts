import type { SourcesConfig } from './config.js'
import { filesSource, filesTypes } from './files/index.js'
import type { SourceDefinition } from './source.js'
import { systemSource, systemTypes } from './system/index.js'

export { type SourcesConfig, sourcesConfig } from './config.js'
export { SourceRunner } from './runner.js'
export type { SourceDefinition, SourceHost, SourceStatus } from './source.js'

/** Event types of all sources. */
export const sourceTypes = [systemTypes, filesTypes]

export function sourceDefinitions({ system, files }: SourcesConfig): SourceDefinition[] {
  return [...(system.enabled ? [systemSource(system)] : []), ...files.map(filesSource)]
}
