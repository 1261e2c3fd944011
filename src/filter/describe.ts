import type { Filter } from './ast.js'

/** Describes a filter in one line. For a combination it only names how the parts are combined. */
export function describe(filter: Filter): string {
  switch (filter.op) {
    case 'everything':
      return 'every event'
    case 'nothing':
      return 'no event'
    case 'all':
      return 'all of'
    case 'any':
      return 'any of'
    case 'not':
      return 'not'
    case 'sql':
      return filter.text
    case 'grep':
      return `a text ${searches[filter.as]} ${JSON.stringify(filter.text)}${filter.ignoreCase ? ', in any case' : ''}`
    case 'kind':
      return `kind has a bit of ${filter.mask}`
    case 'exact':
      return `${filter.field} is ${JSON.stringify(filter.value)}`
    default:
      if (filter.text === '') return `${filter.field} is a text`
      return `${filter.field} ${verbs[filter.op]} ${JSON.stringify(filter.text)}`
  }
}

const verbs = {
  prefix: 'begins with',
  suffix: 'ends with',
  contains: 'contains',
  glob: 'matches the glob',
  regex: 'matches the regular expression',
}

const searches = { words: 'has the words', part: 'contains', pattern: verbs.regex }

/** The parts of a combination; empty for other filters. */
export function partsOf(filter: Filter): readonly Filter[] {
  if (filter.op === 'not') return [filter.of]
  return filter.op === 'all' || filter.op === 'any' ? filter.of : []
}
