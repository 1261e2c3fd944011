import type { EventRight } from '../bus/principal.js'
import { type CompileOptions, compileFilter, type Matcher, parsePermission } from '../filter/index.js'

/** Extent of a right over events: everything, or tag prefixes that end in `/` and filters in JSON form. */
export type Extent = '*' | readonly (string | Readonly<Record<string, unknown>>)[]

/** What the configuration says of a principal: `*` is everything. */
export type Grant = '*' | Partial<Readonly<GrantedRights>>

export interface GrantedRights extends Record<EventRight, Extent> {
  /** Prefix of the sources under which it publishes; default: its name. */
  source: string
  /** Names of durable consumers. */
  consume: '*' | readonly string[]
  admin: boolean
  /** Names in client certificates that are this principal. */
  certificates: readonly string[]
}

/** Rights made ready to be asked for every event. */
export interface Rights {
  readonly events: Readonly<Record<EventRight, Matcher>>
  readonly consume: '*' | ReadonlySet<string>
  readonly admin: boolean
}

export function compileRights(grant: Grant, types: CompileOptions): Rights {
  const granted: Partial<GrantedRights> = grant === '*' ? ALL : grant
  const matcher = (right: EventRight) => compileFilter(parsePermission(granted[right], right), types)
  return {
    events: {
      publish: matcher('publish'),
      see: matcher('see'),
      produce: matcher('produce'),
      gate: matcher('gate'),
    },
    consume: granted.consume === '*' ? '*' : new Set(granted.consume ?? []),
    admin: granted.admin ?? false,
  }
}

const ALL: Partial<GrantedRights> = {
  publish: '*',
  see: '*',
  produce: '*',
  gate: '*',
  consume: '*',
  admin: true,
}
