import type { Filter } from '../../filter/index.js'
import { compileText } from '../../filter/text-test.js'
import type { CountedList } from './field-reader.js'

/** A filter on one field whose values are counted in the summaries of chunks. */
export interface ValueTest {
  list: CountedList
  matches(value: string): boolean
}

/** Returns undefined for filters on anything else. Summaries do not contain whole tags. */
export function valueTest(filter: Filter): ValueTest | undefined {
  switch (filter.op) {
    case 'not': {
      const test = valueTest(filter.of)
      return test && { list: test.list, matches: (value) => !test.matches(value) }
    }
    case 'all':
    case 'any':
      return combined(filter.op, filter.of.map(valueTest))
    case 'exact':
    case 'prefix':
    case 'suffix':
    case 'contains':
    case 'glob':
    case 'regex':
      return comparison(filter)
    default:
      return undefined
  }
}

function combined(op: 'all' | 'any', tests: readonly (ValueTest | undefined)[]): ValueTest | undefined {
  const known = tests.filter((test) => test !== undefined)
  const [first] = known
  if (known.length < tests.length || known.some(({ list }) => list !== first.list)) return undefined
  const matches =
    op === 'all'
      ? (value: string) => known.every((test) => test.matches(value))
      : (value: string) => known.some((test) => test.matches(value))
  return { list: first.list, matches }
}

function comparison(filter: Extract<Filter, { field: string }>): ValueTest | undefined {
  const list = filter.field === 'source' ? 'sources' : filter.field === 'type' ? 'types' : undefined
  if (list === undefined) return undefined
  const wanted = filter.op === 'exact' ? String(filter.value) : filter.text
  const test = compileText(filter.op, wanted)
  return {
    list,
    matches(value) {
      const bytes = utf8.encode(value)
      return test(bytes, 0, bytes.length)
    },
  }
}

const utf8 = new TextEncoder()
