import type { z } from 'zod'
import type { ConfigClaims } from '../config/claims.js'
import type { ErrorArea } from '../errors/area.js'
import { addErrors } from '../errors/catalogue.js'
import type { EventType } from '../types/event-type.js'
import type { MetricEntry } from '../types/metric.js'
import type { PartRight } from './part-right.js'

/**
 * The keys that a face or an observer adds to `tocsin.yaml`, each with its schema: `listen.<name>`, `limits.<name>`, or a
 * top-level key of its own. Every schema has a default. A key that two of them share has the same schema object in both.
 */
export type PartKeys = Readonly<Record<string, z.ZodType>>

/** The values of these keys, under the same names. */
export type PartConfig<Keys extends PartKeys = PartKeys> = {
  readonly [Key in keyof Keys]: z.output<Keys[Key]>
}

/**
 * The fields that definitions of faces, observers, sources, sinks and upstreams have in common. Each kind adds `config`, the
 * schema of its keys in `tocsin.yaml`, and `open`, which makes what runs. `Config`: the values of these keys. A change of
 * them takes effect at once, except for keys with the mark `effect: 'restart'`.
 */
export interface PartDefinition<Config = never> {
  readonly name: string
  /** Types of the events that it publishes. */
  readonly types?: readonly EventType[]
  /** Its own errors; `FaceErrors` (errors/catalogue.ts) has their codes for TypeScript. */
  readonly errors?: ErrorArea
  /** A right of principals over what it serves, a key under `principals.<name>`. */
  readonly right?: PartRight
  /** Its own metrics. The running part returns their values with `samples`. */
  readonly metrics?: Readonly<Record<string, MetricEntry>>
  /** Returns the names and addresses in its configuration that other parts of the configuration must agree with. */
  claims?(config: Config): ConfigClaims
}

/** Returns the definition, and adds its errors to the catalogue. */
export function defined<Definition extends PartDefinition>(definition: Definition): Definition {
  if (definition.errors !== undefined) addErrors(definition.errors)
  return definition
}
