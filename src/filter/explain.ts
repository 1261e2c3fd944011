import { type Anchor, anchorOf } from './anchor.js'
import { type Filter, type FilterJson, formatFilter } from './ast.js'
import type { CompileOptions } from './compile.js'
import { compileTest } from './compile.js'
import { cost } from './cost.js'
import { describe, partsOf } from './describe.js'
import { FilterLimits } from './limits.js'
import { type Seen, see } from './see.js'

export interface FilterExplanation {
  /** The canonical form. */
  readonly filter: FilterJson
  readonly index: IndexUse
  readonly cost: { readonly points: number; readonly class: CostClass }
  /** All of it for people, in lines. */
  readonly text: string
}

export interface IndexUse {
  /** `decides`: the tag index alone answers; `narrows`: it leads to the events to test; `none`: every event is tested. */
  readonly use: 'decides' | 'narrows' | 'none'
  /** What tags begin with; absent with `none`. */
  readonly prefixes?: readonly string[]
}

export type CostClass = 'none' | 'low' | 'medium' | 'high'

/** How a filter was read, which part of it the index answers, and what it costs for an event that is tested. */
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
  /** Why not: the first clause that failed, in words. Absent when the event matches. */
  readonly failed?: string
  /** All of it for people, in lines. */
  readonly text: string
}

export interface ClauseResult {
  /** The clause in words. */
  readonly clause: string
  readonly matches: boolean
  /** What the event has in the field compared; absent for combinations. */
  readonly seen?: Seen
  readonly of: readonly ClauseResult[]
}

/** Tries a filter on the frame at offset `at`, by the same tests that the bus uses, clause by clause. */
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
  const seen = see(filter, bytes, at, options)
  return {
    clause: describe(filter),
    matches: compileTest(filter, options)(bytes, at),
    ...(seen === undefined ? {} : { seen }),
    of: partsOf(filter).map((part) => tryClause(part, bytes, at, options)),
  }
}

/** Goes down to the clause that decides; for alternatives that is all of them. */
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
