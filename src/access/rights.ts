import type { EventRight } from '../bus/principal.js'
import { globTest } from '../filter/glob-bits.js'
import {
  type CompileOptions,
  compileFilter,
  except,
  type Filter,
  type Matcher,
  parsePermission,
} from '../filter/index.js'
import type { PartRight, PartRights } from '../parts/part-right.js'
import { jobsOfOthers } from './job-privacy.js'

/** The principal that owns the hub and may do everything. It exists without being configured. */
export const ADMIN = 'admin'

/**
 * The extent of a right over events: everything, or tag prefixes that end in `/` and filters in JSON form.
 */
export type Extent = '*' | readonly (string | Readonly<Record<string, unknown>>)[]

/** The rights that the configuration gives a principal; `*` means all of them. */
export type Grant = '*' | Partial<Readonly<GrantedRights>>

export interface GrantedRights extends Record<EventRight, Extent>, PartRights {
  /** Prefix of the sources under which the principal publishes. Default: its name. */
  source: string
  /** Names of the durable consumers that it may use. */
  consume: '*' | readonly string[]
  /** Programs that its jobs may run, by path or name. */
  run: '*' | readonly string[]
  /** Globs of the names of edge hubs that it may ask. */
  ask: '*' | readonly string[]
  admin: boolean
  monitor: boolean
  /** Names in client certificates that identify the principal. */
  certificates: readonly string[]
  /** Public keys with which the principal logs in over SSH. */
  sshKeys: readonly string[]
}

export type NameSet = Pick<ReadonlySet<string>, 'has' | 'size'>

/** Rights compiled so that they can be checked for every event. */
export interface Rights {
  readonly events: Readonly<Record<EventRight, Matcher>>
  readonly consume: '*' | ReadonlySet<string>
  readonly run: '*' | ReadonlySet<string>
  readonly ask: '*' | NameSet
  /** `see` as it was granted. */
  readonly seen: Filter
  readonly owner: boolean
  readonly admin: boolean
  readonly monitor: boolean
  /** Seeing the jobs of others. */
  readonly allJobs: boolean
  /** The levels of the rights that parts add. */
  readonly levels: Partial<PartRights>
}

/** The name is that of the principal, whose own jobs the rights include. */
export function compileRights(
  grant: Grant,
  types: CompileOptions,
  parts: readonly PartRight[],
  name?: string,
): Rights {
  const levels = levelsOf(grant, parts)
  const granted: Partial<GrantedRights> = grant === '*' ? ALL : grant
  const admin = granted.admin ?? false
  const extent = (right: EventRight) => parsePermission(extentOf(granted, right, parts), right)
  const matcher = (right: EventRight) => compileFilter(extent(right), types)
  const run = granted.run === '*' ? '*' : new Set(granted.run ?? [])
  const allJobs = admin || parts.some((part) => part.allJobs && levels[part.name] === part.levels[0])
  const seen = extent('see')
  const see = compileFilter(seen, types)
  const mayRun = run === '*' || run.size > 0
  return {
    events: {
      publish: matcher('publish'),
      see: allJobs ? see : except(see, jobsOfOthers(mayRun ? name : undefined, types)),
      produce: matcher('produce'),
      gate: matcher('gate'),
    },
    consume: granted.consume === '*' ? '*' : new Set(granted.consume ?? []),
    run,
    ask: granted.ask === '*' ? '*' : globs(granted.ask ?? []),
    seen,
    owner: grant === '*',
    admin,
    monitor: admin || granted.monitor === true,
    allJobs,
    levels,
  }
}

function globs(patterns: readonly string[]): NameSet {
  const tests = patterns.map(globTest)
  return { size: tests.length, has: (name) => tests.some((test) => test(name)) }
}

function levelsOf(grant: Grant, parts: readonly PartRight[]): Partial<PartRights> {
  const levels = parts.map(({ name, levels: [highest] }) => [name, grant === '*' ? highest : grant[name]])
  return Object.fromEntries(levels)
}

/** Those who have the right of a part see its events, which it does not restrict any further. */
function extentOf(
  granted: Partial<GrantedRights>,
  right: EventRight,
  parts: readonly PartRight[],
): Extent | undefined {
  const extent = granted[right]
  if (right !== 'see' || extent === '*') return extent
  const seen = parts.filter(({ name }) => granted[name] !== undefined).map(({ see }) => see)
  return seen.length === 0 ? extent : [...(extent ?? []), ...seen]
}

const ALL: Partial<GrantedRights> = {
  publish: '*',
  see: '*',
  produce: '*',
  gate: '*',
  consume: '*',
  run: '*',
  ask: '*',
  admin: true,
}

const EVENT_RIGHTS = ['publish', 'see', 'produce', 'gate'] as const

export interface Granted {
  readonly grant: Grant
  /** Prefix of the sources under which the principal publishes. */
  readonly source: string
}

/**
 * Returns whether `own` includes everything in `asked`, so that principals cannot grant more than they have. Returns
 * false when in doubt.
 */
export function covers(own: Granted, asked: Granted, parts: readonly PartRight[]): boolean {
  if (own.grant === '*') return true
  if (asked.grant === '*') return false
  const [mine, wanted] = [own.grant, asked.grant]
  return (
    EVENT_RIGHTS.every((right) =>
      extentCovers(extentOf(mine, right, parts), extentOf(wanted, right, parts)),
    ) &&
    namesCover(mine.consume, wanted.consume) &&
    namesCover(mine.run, wanted.run) &&
    namesCover(mine.ask, wanted.ask) &&
    (mine.admin === true || wanted.admin !== true) &&
    parts.every((part) => levelCovers(part, mine[part.name], wanted[part.name])) &&
    (mine.admin === true || mine.monitor === true || wanted.monitor !== true) &&
    (mine.produce === '*' || asked.source === own.source || asked.source.startsWith(`${own.source}/`))
  )
}

function levelCovers<Level>(
  part: { levels: readonly Level[] },
  own: Level | undefined,
  asked: Level | undefined,
): boolean {
  if (asked === undefined) return true
  return own !== undefined && part.levels.indexOf(own) <= part.levels.indexOf(asked)
}

function extentCovers(own: Extent = [], asked: Extent = []): boolean {
  if (own === '*') return true
  if (asked === '*') return false
  return asked.every((part) => own.some((mine) => partCovers(mine, part)))
}

function partCovers(own: Extent[number], asked: Extent[number]): boolean {
  if (typeof own === 'string' && typeof asked === 'string') return asked.startsWith(own)
  return JSON.stringify(own) === JSON.stringify(asked)
}

function namesCover(own: GrantedRights['consume'] = [], asked: GrantedRights['consume'] = []): boolean {
  if (own === '*') return true
  return asked !== '*' && asked.every((name) => own.includes(name))
}
