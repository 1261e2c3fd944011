import { type Anchor, anchorOf } from './anchor.js'
import { type Filter, type FilterJson, formatFilter } from './ast.js'
import { compileTest } from './compile.js'
import { cost } from './cost.js'
import { describe, partsOf } from './describe.js'
import { explainValue, type Seen } from './explain-value.js'
import { FilterLimits } from './limits.js'
import type { CompileOptions } from './matcher.js'

export interface FilterExplanation {
  /** The filter in its canonical form. */
  readonly filter: FilterJson
  readonly index: IndexUse
  readonly cost: { readonly points: number; readonly class: CostClass }
  /** The whole explanation as lines of text. */
  readonly text: string
}

export interface IndexUse {
  /**
   * With `decides` the tag index alone gives the answer, with `narrows` it finds the events to test, and with
   * `none` every event is tested.
   */
  readonly use: 'decides' | 'narrows' | 'none'
  /** The tag prefixes in the index; absent for `none`. */
  readonly prefixes?: readonly string[]
}

export type CostClass = 'none' | 'low' | 'medium' | 'high'

/**
 * Explains how a filter was read, which part of it the index answers, and what it costs for an event that is
 * tested.
 *
 * @example
 * explainFilter(parseFilter('salt/')).index // { use: 'decides', prefixes: ['salt/'] }
 */
export function explainFilter(filter: Filter): FilterExplanation {
  const anchor = anchorOf(filter)
  const points = anchor.exact ? 0 : cost(filter)
  const index = indexUse(anchor)
  const costClass = classOf(points)
  const text = [
    ...lines(filter, 0),
    `index: ${indexText(index)}`,
    `cost: ${costClass} (${points} of ${FilterLimits.cost})`,
  ].join('\n')
  return { filter: formatFilter(filter), index, cost: { points, class: costClass }, text }
}

function lines(filter: Filter, depth: number): string[] {
  return ['  '.repeat(depth) + describe(filter), ...partsOf(filter).flatMap((part) => lines(part, depth + 1))]
}

function indexUse({ prefixes, exact }: Anchor): IndexUse {
  if (prefixes === undefined) return { use: 'none' }
  return { use: exact ? 'decides' : 'narrows', prefixes }
}

function indexText({ use, prefixes = [] }: IndexUse): string {
  const shown = prefixes.slice(0, 8).map((prefix) => JSON.stringify(prefix))
  const list = [...shown, ...(prefixes.length > 8 ? [`${prefixes.length - 8} more`] : [])].join(', ')
  if (use === 'none') return 'not used, every event is tested: no tag prefix is certain'
  if (use === 'narrows') return `leads to tags that begin with ${list}; their events are tested`
  if (prefixes.length === 0) return 'decides alone: no tag matches'
  return prefixes.includes('')
    ? 'decides alone: every tag matches'
    : `decides alone: tags that begin with ${list}`
}

function classOf(points: number): CostClass {
  if (points === 0) return 'none'
  if (points <= 10) return 'low'
  return points <= 60 ? 'medium' : 'high'
}

export interface EventExplanation {
  readonly matches: boolean
  readonly clause: ClauseResult
  /** The first clause that failed, in words. Absent if the event matches. */
  readonly failed?: string
  /** The whole explanation as lines of text. */
  readonly text: string
}

export interface ClauseResult {
  /** The clause, described in words. */
  readonly clause: string
  readonly matches: boolean
  /** The value that the event has in the compared field; absent for combinations. */
  readonly seen?: Seen
  readonly of: readonly ClauseResult[]
}

/**
 * Tests a filter on the frame at offset `at` clause by clause, with the same tests as the bus.
 *
 * @example
 * import { encode, encodeFrame } from 'tocsin/event'
 * const frame = encodeFrame({ tag: 'salt/job/1', body: encode({ retcode: 1 }) })
 * const filter = parseFilter({ exact: { 'data.retcode': 0 } })
 * explainEvent(filter, frame, 0, { typeOf: () => 'tocsin.event' }).matches // false
 */
export function explainEvent(
  filter: Filter,
  bytes: Uint8Array,
  at: number,
  options: CompileOptions,
): EventExplanation {
  const clause = tryClause(filter, bytes, at, options)
  const text = resultLines(clause, 0).join('\n')
  if (clause.matches) return { matches: true, clause, text: `matches\n${text}` }
  const failed = firstFailed(filter, clause)
  return { matches: false, clause, failed, text: `does not match: ${failed}\n${text}` }
}

function tryClause(filter: Filter, bytes: Uint8Array, at: number, options: CompileOptions): ClauseResult {
  const seen = explainValue(filter, bytes, at, options)
  const of = partsOf(filter).map((part) => tryClause(part, bytes, at, options))
  return {
    clause: describe(filter),
    matches: isMatch(filter, of) ?? compileTest(filter, options)(bytes, at),
    ...(seen === undefined ? {} : { seen }),
    of,
  }
}

/** The parts have the answer for a combination. To compile those again at each level would take long. */
function isMatch({ op }: Filter, of: readonly ClauseResult[]): boolean | undefined {
  switch (op) {
    case 'all':
      return of.every(({ matches }) => matches)
    case 'any':
      return of.some(({ matches }) => matches)
    case 'not':
      return !of[0].matches
    default:
      return undefined
  }
}

/** Finds the clause that decides; for alternatives, all of them do. */
function firstFailed(filter: Filter, result: ClauseResult): string {
  switch (filter.op) {
    case 'all': {
      const index = result.of.findIndex((part) => !part.matches)
      return firstFailed(filter.of[index], result.of[index])
    }
    case 'any':
      return `none of ${filter.of.length} alternatives: ${filter.of.slice(0, 3).map(summary).join('; ')}${filter.of.length > 3 ? '; …' : ''}`
    case 'not':
      return `taken away: ${summary(filter.of)}`
    default:
      return result.seen === undefined ? result.clause : `${result.clause}, but ${result.seen.text}`
  }
}

function summary(filter: Filter): string {
  const parts = partsOf(filter)
  return parts.length === 0 ? describe(filter) : `${describe(filter)} (${parts.map(summary).join('; ')})`
}

function resultLines(result: ClauseResult, depth: number): string[] {
  const seen = result.seen === undefined ? '' : `  (${result.seen.text})`
  const line = `${result.matches ? '+' : '-'} ${'  '.repeat(depth)}${result.clause}${seen}`
  return [line, ...result.of.flatMap((part) => resultLines(part, depth + 1))]
}
