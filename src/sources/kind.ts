import type { z } from 'zod'
import type { PartMethods } from '../observers/part-methods.js'
import { defined, type PartDefinition } from '../parts/definition.js'
import type { SourceDefinition } from './source.js'

/** A kind of source. `src/sources/index.ts` lists all of them. */
export interface SourceKind<Name extends string = string, Schema extends z.ZodType = z.ZodType>
  extends PartDefinition<z.output<Schema>> {
  /** Its key below `sources`; that of upstreams is at the top. */
  readonly name: Name
  /** The schema of this key, which has a default. */
  readonly config: Schema
  readonly methods?: PartMethods
  /** Returns the sources that the configuration asks for. */
  open(config: z.output<Schema>): readonly ConfiguredSource[]
}

export interface ConfiguredSource {
  name: string
  definition: SourceDefinition
  /** Text that differs if any setting of the source differs. */
  settings: string
}

/** Infers name and schema of a definition. */
export function defineSource<const Name extends string, Schema extends z.ZodType>(
  kind: SourceKind<Name, Schema>,
): SourceKind<Name, Schema> {
  return defined(kind)
}

/** Opens a source for each entry of a list. */
export function each<Entry>(sourceOf: (entry: Entry) => SourceDefinition) {
  return (entries: readonly Entry[]): ConfiguredSource[] =>
    entries.map((entry) => configured(sourceOf(entry), entry))
}

/** Opens the source if its key `enabled` is true. */
export function ifEnabled<Config extends { enabled: boolean }>(
  sourceOf: (config: Config) => SourceDefinition,
) {
  return (config: Config): ConfiguredSource[] =>
    config.enabled ? [configured(sourceOf(config), config)] : []
}

function configured(definition: SourceDefinition, settings: unknown): ConfiguredSource {
  return { name: definition.name, definition, settings: JSON.stringify(settings) }
}
