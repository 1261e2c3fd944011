import { saltTypes } from '../../protocols/salt/types/index.js'
import { defineSource, each } from '../kind.js'
import type { SourceDefinition } from '../source.js'
import { type SaltSourceConfig, saltClaims, saltSourcesConfig } from './config.js'
import { SaltSource } from './source.js'

export { type SaltSourceConfig, saltSourcesConfig } from './config.js'

/** Defines a source for the event bus of a running Salt master or minion. */
export function saltSource(config: SaltSourceConfig): SourceDefinition {
  const { silentAfter, once } = config
  const name = `salt/${config.name}`
  return { name, origin: name, silentAfter, once, create: () => new SaltSource(config) }
}

export const saltSources = defineSource({
  name: 'salt',
  config: saltSourcesConfig.default([]).describe('Event buses of Salt masters and minions.'),
  types: saltTypes,
  claims: saltClaims,
  open: each(saltSource),
})
