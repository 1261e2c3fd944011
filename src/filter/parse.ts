import { everything, type Filter } from './ast.js'
import { checkCost } from './cost.js'
import { filterError } from './errors.js'
import { parseJson } from './parse-json.js'
import { parseShort } from './parse-short.js'

/** Patterns in the short spelling, or one filter in the JSON form. */
export type FilterInput = string | readonly string[] | { readonly [dialect: string]: unknown }

/**
 * Reads a filter in either spelling. Nothing, or a list of nothing, is everything.
 * Throws TCN_FILTER_SYNTAX, _PATTERN_TOO_LONG, _REGEX or _TOO_COMPLEX; the message and
 * `details.where` name the part.
 */
export function parseFilter(input?: FilterInput): Filter {
  if (input === undefined) return everything
  if (typeof input === 'string') return checkCost(parseShort([input]))
  if (!Array.isArray(input)) return checkCost(parseJson(input))
  if (!input.every((pattern) => typeof pattern === 'string')) {
    throw filterError(
      'TCN_FILTER_SYNTAX',
      'filter',
      'a list holds patterns only; join filters with all or any',
    )
  }
  return checkCost(parseShort(input))
}
