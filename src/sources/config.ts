import { z } from 'zod'
import type { ConfigClaims } from '../config/claims.js'
import { sources } from './index.js'
import type { ConfiguredSource, SourceKind } from './kind.js'
import type { SourceDefinition } from './source.js'

type Schemas = { [Kind in (typeof sources)[number] as Kind['name']]: Kind['config'] }

const kinds: readonly SourceKind[] = sources

/** The section `sources` of the configuration. */
export const sourcesConfig = z.strictObject(
  Object.fromEntries(kinds.map(({ name, config }) => [name, config])) as Schemas,
)
export type SourcesConfig = z.output<typeof sourcesConfig>

/** Returns the sources that the configuration asks for. */
export function configuredSources(config: SourcesConfig): ConfiguredSource[] {
  const sections: Readonly<Record<string, unknown>> = config
  return kinds.flatMap((kind) => kind.open(sections[kind.name]))
}

export function sourceDefinitions(config: SourcesConfig): SourceDefinition[] {
  return configuredSources(config).map(({ definition }) => definition)
}

/** Returns the names and addresses of each kind of source that must fit the rest of the configuration. */
export function sourceClaims(config: SourcesConfig): ConfigClaims[] {
  const sections: Readonly<Record<string, unknown>> = config
  return kinds.map((kind) => kind.claims?.(sections[kind.name]) ?? {})
}
