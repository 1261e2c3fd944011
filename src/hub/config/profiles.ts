import type { JsonSchema } from '../../config/json-schema.js'
import { isObject } from '../../event/json/object.js'

/** Names of `profile` and `--profile`, the usual one first. */
export const PROFILES = ['standard', 'edge'] as const
export type Profile = (typeof PROFILES)[number]

interface Values {
  readonly [key: string]: string | number | Values
}

/** Values that keys have under each profile where the file does not set them, written as in the file. */
export const profileValues: Readonly<Record<Profile, Values>> = {
  standard: {},
  /** A hub on every host of a fleet, which forwards its events: little memory, few wake-ups. */
  edge: {
    process: { memory: 'small', watch: '250ms' },
    listen: { http: 'off' },
    log: { ring: '2MiB', retention: { bytes: '1GiB' } },
    limits: {
      queue: '1MiB',
      unflushed: '8MiB',
      catchUpPerTick: '1MiB',
      halfReceived: '32MiB',
      connections: 256,
    },
    sources: { system: { load: { interval: '1m' }, memory: { interval: '1m' } } },
  },
}

/** Returns the content of a file with the values of its profile, or of the one that `named` puts in its place. */
export function withProfile<Content>(content: Content, named?: Profile): Content {
  if (!isObject(content)) return content
  const profile = named ?? content.profile ?? PROFILES[0]
  if (!isProfile(profile)) return content
  return completed({ ...content, profile }, profileValues[profile]) as Content
}

/** Returns the schema with the defaults of a profile, as they are shown. */
export function schemaWithProfile(schema: JsonSchema, profile: Profile): JsonSchema {
  return withDefaults(schema, { profile, ...profileValues[profile] })
}

/** Adds what is missing; maps are completed too. */
function completed(given: unknown, usual: string | number | Values): unknown {
  if (given === undefined) return usual
  if (!isObject(given) || typeof usual !== 'object') return given
  const added = Object.entries(usual).map(([key, value]) => [key, completed(given[key], value)])
  return { ...given, ...Object.fromEntries(added) }
}

function withDefaults(schema: JsonSchema, usual: string | number | Values): JsonSchema {
  if (typeof usual !== 'object') return { ...schema, default: usual }
  const { properties = {} } = schema
  const changed = Object.entries(usual).map(([key, value]) => [key, withDefaults(properties[key], value)])
  return { ...schema, properties: { ...properties, ...Object.fromEntries(changed) } }
}

function isProfile(value: unknown): value is Profile {
  return PROFILES.some((profile) => profile === value)
}
