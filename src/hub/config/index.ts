import { z } from 'zod'
import { invalidRights } from '../../access/config.js'
import { oidcClaims } from '../../access/oidc-config.js'
import { ADMIN } from '../../access/rights.js'
import { type ClaimProblem, claimProblems } from '../../config/claims.js'
import { effectIn } from '../../config/effect.js'
import {
  configJsonSchema,
  type Effect,
  type JsonSchema,
  jsonSchemaInSteps,
  publishedSchema,
} from '../../config/json-schema.js'
import {
  type ConfigurationKey,
  configurationKeys as keysOf,
  configurationReference as reference,
} from '../../config/reference.js'
import { unknownDevices } from '../../devices/config.js'
import type { KeyPath } from '../../event/json/key-path.js'
import type { Runtime } from '../../event/runtime.js'
import type { PartConfig, PartDefinition } from '../../parts/definition.js'
import { ruleProblems } from '../../rules/config.js'
import { sourceClaims } from '../../sources/config.js'
import { clusterProblems } from './cluster-keys.js'
import { inTurns } from './in-turns.js'
import { type HubConfig, hubKeys, type WrittenConfig } from './keys.js'
import { configOf, partsWithKeys, type WithKeys } from './part-keys.js'
import { type Profile, schemaWithProfile, withProfile } from './profiles.js'

export type { ConfigurationKey } from '../../config/reference.js'
export type { HubConfig } from './keys.js'
export { PROFILES, type Profile } from './profiles.js'

const checkedKeys = hubKeys.superRefine((config, context) => {
  for (const problem of acrossKeys(config)) context.addIssue({ code: 'custom', ...problem })
})

/** The schema of `tocsin.yaml`: adds the values of its profile, checks each key, then rules that involve several keys. */
export const hubConfig = z.preprocess((content: WrittenConfig) => withProfile(content), checkedKeys)

/** Returns the same schema, with a profile that takes the place of the one in the file. */
export function hubConfigUnder(profile: Profile | undefined): typeof hubConfig {
  if (profile === undefined) return hubConfig
  return z.preprocess((content: WrittenConfig) => withProfile(content, profile), checkedKeys)
}

/** Makes the JSON Schema, in several turns of the event loop if it is not made yet. */
export function hubJsonSchema(runtime: Runtime): Promise<JsonSchema> {
  return inTurns(runtime, jsonSchemaInSteps(hubConfig))
}

const shown = new Map<Profile, JsonSchema>()

/** Returns the JSON Schema that knows the defaults of the profile. */
export function hubSchema(profile: Profile): JsonSchema {
  const known = shown.get(profile)
  if (known !== undefined) return known
  const made = schemaWithProfile(configJsonSchema(hubConfig), profile)
  shown.set(profile, made)
  return made
}

function acrossKeys(config: HubConfig): ClaimProblem[] {
  const parts: readonly (PartDefinition<PartConfig> & WithKeys)[] = partsWithKeys
  const claims = parts.map((part) => part.claims?.(configOf(part, config)) ?? {})
  const principals = [ADMIN, ...Object.keys(config.principals)]
  return [
    ...claimProblems([...claims, oidcClaims(config.oidc), ...sourceClaims(config.sources)], principals),
    ...invalidRights(config.principals),
    ...unknownDevices(config),
    ...clusterProblems(config),
    ...ruleProblems(config),
  ]
}

export function configurationKeys(): ConfigurationKey[] {
  return keysOf(hubConfig)
}

/** Returns the page `docs/reference/configuration.md`. */
export function configurationReference(): string {
  return reference(hubConfig, (key) => TEXTS[effectOf(pathOf(key)) ?? 'restart'])
}

/** Returns when a change of the key takes effect; undefined if nobody has decided it. */
export function effectOf(path: KeyPath): Effect | undefined {
  return effectIn(configJsonSchema(hubConfig), path)
}

const TEXTS: Record<Effect, string> = { now: 'at once', restart: 'at a start' }

/** Reads a key as the reference writes it: `sources.files[].name`, `principals.<name>.see`. */
function pathOf(key: string): string[] {
  return key.split('.').map((part) => part.replaceAll('[]', ''))
}

/** Returns the JSON Schema of `tocsin.yaml`, for editors. */
export function configurationSchema(): string {
  const schema = publishedSchema(hubConfig, {
    title: 'tocsin.yaml',
    description: 'Configuration of a Tocsin hub. Everything has a default.',
  })
  return `${JSON.stringify(schema, null, 2)}\n`
}
