import type { Authorize, Principal } from '../bus/principal.js'
import {
  allOf,
  type CompileOptions,
  compileFilter,
  exact,
  type Filter,
  type Matcher,
  not,
  parseFilter,
} from '../filter/index.js'

/** Prefix of the tags of the events of jobs. */
export const JOB_TAGS = 'sysadm/dispatcher/'

/** The attribute of these events with the principal that has started the job. */
export const OWNER = 'owner'

/** All hubs publish their own events under such a source, which no other principal has. */
const jobEvents = parseFilter({ all: [{ prefix: { tag: JOB_TAGS } }, { prefix: { source: 'hub/' } }] })

/**
 * Matches the events of jobs that are not the owner's; without one, those of all jobs. Events of earlier versions name
 * no owner, and are those of somebody else.
 */
export function jobsOfOthers(owner: string | undefined, types: CompileOptions): Matcher {
  const others: Filter[] = owner === undefined ? [] : [not(exact(OWNER, owner))]
  return compileFilter(allOf([jobEvents, ...others]), types)
}

/** Returns true if the principal may see the events and the output of a job of this owner. */
export function maySeeJob(authorize: Authorize, principal: Principal, owner: string): boolean {
  return authorize(principal, 'allJobs') || (owner === principal.name && authorize(principal, 'run'))
}
