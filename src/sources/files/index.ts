import { filesTypes } from '../../types/host/files.js'
import { sourceOfEntry } from '../entry.js'
import { defineSource, each } from '../kind.js'
import type { Source, SourceDefinition } from '../source.js'
import { ChangeSource } from './change-source.js'
import { type FilesConfig, filesConfig } from './config.js'
import { LineSource } from './line-source.js'

export { filesTypes } from '../../types/host/files.js'
export { type FilesConfig, filesConfig } from './config.js'

/** Returns the source of one entry of the configuration. Each fails and falls silent independently. */
export function filesSource(config: FilesConfig): SourceDefinition {
  return sourceOfEntry('files', config, ['offset', 'time'], () => sourceFor(config))
}

function sourceFor(config: FilesConfig): Source {
  return 'lines' in config ? new LineSource(config) : new ChangeSource(config)
}

export const filesSources = defineSource({
  name: 'files',
  config: filesConfig.default([]).describe('Lines appended to files, and changes in folders.'),
  types: filesTypes,
  open: each(filesSource),
})
