import { z } from 'zod'
import type { Authorize, Principal } from '../bus/principal.js'
import { encodeFrame } from '../event/frame.js'
import { encode, encodeAttributes } from '../event/index.js'
import type { Runtime } from '../event/runtime.js'
import { tagSegment } from '../event/tag.js'
import { globTest } from '../filter/glob-bits.js'
import { globListTest } from '../filter/glob-list.js'
import type { Matcher } from '../filter/index.js'
import type { LogReader } from '../log/event-log.js'
import type { TypeRegistry } from '../types/registry.js'
import type { Hosts } from './hosts.js'

export interface HostMethodContext {
  readonly hosts: Hosts
  readonly authorize: Authorize
  readonly runtime: Runtime
  readonly types: TypeRegistry
  readonly bus: { readonly log: LogReader }
}

const MAX_GLOBS = 64
/** Hosts that are looked at in one step. */
export const STEP = 500

const glob = z.string().min(1).max(256)

/** Parameters that choose hosts. */
export const choiceParams = {
  match: z
    .array(glob)
    .max(MAX_GLOBS)
    .default([])
    .describe('Globs of names, of which one must match; those with `!` leave hosts out.'),
  source: z.string().max(64).optional().describe('Only hosts for which this kind of source speaks.'),
  labels: z
    .record(z.string().max(64), glob)
    .default({})
    .describe('Globs of labels, all of which must match.'),
}

export interface HostChoice {
  readonly match: readonly string[]
  readonly source?: string | undefined
  readonly labels: Readonly<Record<string, string>>
}

type NameTest = (name: string) => boolean
export type HostTest = (index: number, name: string) => boolean

/** Tests of hosts, all of which must pass; the cheapest first. */
export function testsOf(context: HostMethodContext, principal: Principal, params: HostChoice): HostTest[] {
  const { hosts } = context
  const tests: HostTest[] = []
  const { source } = params
  const matches = globListTest(params.match)
  if (params.match.length > 0) tests.push((_, name) => matches(name))
  if (source !== undefined) {
    const kind = hosts.kinds.indexOf(source)
    tests.push((index) => kind >= 0 && (hosts.table.kinds[index] & (1 << kind)) !== 0)
  }
  const labels = Object.entries(params.labels).map(([label, pattern]) => ({ label, test: globTest(pattern) }))
  if (labels.length > 0) {
    const known = hosts.labelsOf
    tests.push((_, name) => {
      const own = known(name)
      return labels.every(({ label, test }) => Object.hasOwn(own, label) && test(own[label]))
    })
  }
  const isVisible = visibleTo(context, principal)
  tests.push((_, name) => isVisible(name))
  return tests
}

/** Returns a test for names of hosts: whether the principal may know of them. */
export function visibleTo({ authorize }: HostMethodContext, principal: Principal): NameTest {
  return visibleUnder(authorize(principal, 'see'), 'any')
}

/** Returns a test for names of hosts: whether the principal may see the events with which they describe themselves. */
export function describedTo({ authorize }: HostMethodContext, principal: Principal): NameTest {
  return visibleUnder(authorize(principal, 'see'), 'system/facts')
}

function visibleUnder(see: Matcher, what: string): NameTest {
  if (see.all) return () => true
  return (name) => {
    const source = `host/${tagSegment(name)}`
    return see.matches(
      encodeFrame({
        tag: `${source}/${what}`,
        source,
        attributes: encodeAttributes({ host: name }),
        body: encode({}),
      }),
      0,
    )
  }
}
