import { expect, test } from 'vitest'
import { severityNames } from '../../src/event/severity.js'
import { compileFilter, type FilterInput, formatFilter, parseFilter } from '../../src/filter/index.js'
import { derivedAttributes } from '../../src/types/derived-attributes.js'
import { TypeRegistry } from '../../src/types/index.js'
import { frameAt } from './frames.js'

const types = new TypeRegistry()
const options = { typeOf: types.typeOf, derived: derivedAttributes(types) }

/** The severities of the events of web04 that match; `none` for one without a severity. */
function matched(filter: FilterInput): string[] {
  const { matches } = compileFilter(parseFilter(filter), options)
  return [...severityNames, undefined].flatMap((severity) => {
    const { bytes, at } = frameAt({ tag: 'host/web04/x', source: 's', data: { severity } })
    return matches(bytes, at) ? [severity ?? 'none'] : []
  })
}

test.each<[FilterInput, string[]]>([
  ['severity>=crit', ['emerg', 'alert', 'crit']],
  ['severity <warning', ['notice', 'info', 'debug']],
  ['severity!=debug', ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info']],
  ['severity=error', ['err']],
  [
    ['host/', 'severity>=alert', 'host=web*'],
    ['emerg', 'alert'],
  ],
  [['severity>=alert', '!host/'], []],
  [['host!=web04'], []],
  [['host=db*', 'host/'], []],
  [['\\host=web04'], []],
])('%j matches %j', (filter, severities) => {
  expect(matched(filter)).toEqual(severities)
})

test('a tag that looks like a condition is written with a backslash', () => {
  const { matches } = compileFilter(parseFilter('\\host=web04'), options)
  const { bytes, at } = frameAt({ tag: 'host=web04/x', source: 's' })
  expect(matches(bytes, at)).toBe(true)
  const { matches: others } = compileFilter(parseFilter('!\\host=web04'), options)
  expect(others(bytes, at)).toBe(false)
})

test.each(['severity>=bad', 'host>web04', 'host>=web04'])('%s is refused', (filter) => {
  expect(() => parseFilter(filter)).toThrow(expect.objectContaining({ code: 'TCN_FILTER_SYNTAX' }))
})

test('the canonical form means the same', () => {
  for (const filter of ['severity>=alert', 'host=web*', 'host!=web04', 'severity=error']) {
    const parsed = parseFilter(filter)
    expect(parseFilter(formatFilter(parsed))).toEqual(parsed)
  }
})
