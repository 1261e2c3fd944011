import { journalTypes } from '../../types/host/journal.js'
import { sourceOfEntry } from '../entry.js'
import { defineSource, each } from '../kind.js'
import type { SourceDefinition } from '../source.js'
import { type JournalConfig, journalSourcesConfig } from './config.js'
import { JournalSource } from './source.js'

export { journalTypes } from '../../types/host/journal.js'
export { type JournalConfig, journalSourcesConfig } from './config.js'

/** Returns the source of one entry of the configuration. */
export function journalSource(config: JournalConfig, journalctl = 'journalctl'): SourceDefinition {
  return sourceOfEntry('journal', config, ['time', 'pid'], () => new JournalSource(config, journalctl))
}

export const journalSources = defineSource({
  name: 'journal',
  config: journalSourcesConfig.default([]).describe('The journal of systemd.'),
  types: journalTypes,
  open: each(journalSource),
})
