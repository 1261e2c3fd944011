import { anyOf, everything, type Filter, nothing, text } from './ast.js'
import { checkCost } from './cost.js'
import { filterError, quote } from './errors.js'
import { checkText, FilterLimits } from './limits.js'
import { checkRegexes, parseJson, type WrittenRegex } from './parse-json.js'

/**
 * Reads the extent of a right: `*` for everything, or any number of tag prefixes that end in `/` and filters
 * in the JSON form. No entry permits nothing. Prefixes without the `/` are refused, since `salt` would also
 * permit `saltmine/…`; entries that look like a glob or begin with `!` are refused because they would permit
 * more than expected.
 *
 * @example
 * formatFilter(parsePermission('salt/', 'tokens.web1.subscribe')) // { prefix: { tag: 'salt/' } }
 */
export function parsePermission(entries: unknown, where: string): Filter {
  if (entries === undefined) return nothing
  const list = Array.isArray(entries) ? entries : [entries]
  if (list.length > FilterLimits.parts) {
    throw filterError('TCN_FILTER_TOO_COMPLEX', where, `at most ${FilterLimits.parts} entries`)
  }
  const regexes: WrittenRegex[] = []
  const filters = list.map((entry, index) =>
    parseEntry(entry, Array.isArray(entries) ? `${where}[${index}]` : where, regexes),
  )
  const filter = checkCost(anyOf(filters))
  checkRegexes(regexes)
  return filter
}

function parseEntry(entry: unknown, where: string, regexes: WrittenRegex[]): Filter {
  if (entry === '*') return everything
  if (typeof entry !== 'string') return parseObject(entry, where, regexes)
  if (!/^[^!*?[/][^*?[]*\/$/.test(entry)) {
    throw filterError(
      'TCN_FILTER_SYNTAX',
      where,
      `${quote(entry)} is neither * nor a tag prefix that ends in /`,
    )
  }
  checkText(entry, FilterLimits.literalBytes, where)
  return text('prefix', 'tag', entry)
}

function parseObject(entry: unknown, where: string, regexes: WrittenRegex[]): Filter {
  const filter = parseJson(entry, regexes, where)
  if (filter.op === 'everything')
    throw filterError('TCN_FILTER_SYNTAX', where, 'write * to permit everything')
  return filter
}
