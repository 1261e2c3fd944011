import { messageOf } from '../errors/thrown.js'
import { parseStrictJson } from '../event/json/strict.js'
import { allOf, anyOf, everything, type Filter, type FilterJson, formatFilter, not, text } from './ast.js'
import { checkCost } from './cost.js'
import { filterError, quote } from './errors.js'
import { isGlob } from './fnmatch.js'
import { checkText, FilterLimits } from './limits.js'
import { checkRegexes, parseJson, type WrittenRegex } from './parse-json.js'
import { CONDITION_ESCAPE, parseShortCondition } from './short-condition.js'

/** Patterns in the short form, or one filter in the JSON form, as an object or as its text. */
export type FilterInput = string | readonly string[] | { readonly [dialect: string]: unknown }

/**
 * Reads a filter in either form. No input, or an empty list, matches every event. Throws TCN_FILTER_SYNTAX,
 * _PATTERN_TOO_LONG, _REGEX or _TOO_COMPLEX; the message and `details.where` name the part.
 *
 * @example
 * formatFilter(parseFilter(['salt/job/', '!salt/job/1/']))
 * // { all: [{ not: { prefix: { tag: 'salt/job/1/' } } }, { prefix: { tag: 'salt/job/' } }] }
 */
export function parseFilter(input?: FilterInput): Filter {
  if (input === undefined) return everything
  if (typeof input === 'string') return parseFilter([input])
  if (!Array.isArray(input)) return checked(input)
  if (!input.every((pattern) => typeof pattern === 'string')) {
    throw filterError(
      'TCN_FILTER_SYNTAX',
      'filter',
      'a list holds patterns only; join filters with all or any',
    )
  }
  return input.some(isJsonText) ? parseJsonText(input) : checkCost(parseShort(input))
}

function checked(input: unknown): Filter {
  const regexes: WrittenRegex[] = []
  const filter = checkCost(parseJson(input, regexes))
  checkRegexes(regexes)
  return filter
}

/** Hardly any tag begins with a brace, and a filter that was meant as JSON must not match nothing silently. */
function isJsonText(pattern: string): boolean {
  return /^\s*!?\s*\{/.test(pattern)
}

function parseJsonText(patterns: readonly string[]): Filter {
  if (patterns.length > 1)
    throw filterError(
      'TCN_FILTER_SYNTAX',
      'filter',
      'a filter in JSON stands alone; join filters with all, any and not',
    )
  const [json] = patterns
  if (json.trimStart().startsWith('!'))
    throw filterError('TCN_FILTER_SYNTAX', 'filter', 'a filter in JSON is negated with {"not": …}')
  checkText(json, FilterLimits.jsonBytes, 'filter')
  return checked(readJson(json))
}

function readJson(json: string): unknown {
  try {
    return parseStrictJson(json)
  } catch (error) {
    const reason = messageOf(error)
    throw filterError(
      'TCN_FILTER_SYNTAX',
      'filter',
      `this begins with { but is not valid JSON: ${reason}; a tag that begins with { is written \\{`,
    )
  }
}

/**
 * A filter for events that match both the filter and the SQL condition.
 *
 * @example
 * withCondition('salt/', 'data.retcode <> 0') // { all: [{ prefix: { tag: 'salt/' } }, { sql: 'data.retcode <> 0' }] }
 */
export function withCondition(filter: FilterInput | undefined, sql: string): FilterJson {
  return filter === undefined ? { sql } : { all: [formatFilter(parseFilter(filter)), { sql }] }
}

/**
 * Reads the short form, for the command line and URLs. Each pattern tests the tag:
 *
 *   salt/job/*      a glob, if it contains `*`, `?` or `[`
 *   salt/auth       a prefix otherwise
 *   !salt/job/*     excludes the tags that match the rest
 *   \!salt          a tag that begins with `!`
 *   \{salt          a tag that begins with `{`
 *
 * Patterns without `!` are alternatives. If all patterns begin with `!`, every other tag matches. Conditions must be met
 * too, whatever the tag is:
 *
 *   severity>=warning, host=web*, host!=web04
 *   \host=web04     a tag that begins with `host=`
 */
function parseShort(patterns: readonly string[]): Filter {
  if (patterns.length > FilterLimits.parts) {
    throw filterError('TCN_FILTER_TOO_COMPLEX', 'filter', `at most ${FilterLimits.parts} patterns`)
  }
  const wanted: Filter[] = []
  const unwanted: Filter[] = []
  const conditions: Filter[] = []
  for (const pattern of patterns) {
    const condition = parseShortCondition(pattern)
    if (condition !== undefined) conditions.push(condition)
    else if (pattern.startsWith('!')) unwanted.push(parsePattern(unescaped(pattern.slice(1)), pattern))
    else wanted.push(parsePattern(unescaped(pattern.replace(/^\\(?=[!{])/, '')), pattern))
  }
  const tags = wanted.length === 0 ? [] : [anyOf(wanted)]
  return allOf([...tags, not(anyOf(unwanted)), ...conditions])
}

function unescaped(pattern: string): string {
  return pattern.replace(CONDITION_ESCAPE, '')
}

function parsePattern(pattern: string, whole: string): Filter {
  if (pattern === '') {
    throw filterError(
      'TCN_FILTER_SYNTAX',
      quote(whole),
      'an empty pattern; everything is * or no pattern at all',
    )
  }
  checkText(pattern, FilterLimits.patternBytes, quote(whole))
  return text(isGlob(pattern) ? 'glob' : 'prefix', 'tag', pattern)
}
