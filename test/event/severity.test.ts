import { expect, test } from 'vitest'
import { severitiesFor, severityNames, severityOfValue } from '../../src/event/severity.js'

test.each([
  ['error', 'err'],
  ['ERROR', 'err'],
  [' warn ', 'warning'],
  ['panic', 'emerg'],
  ['critical', 'crit'],
  ['4', 'warning'],
  [0, 'emerg'],
  [7, 'debug'],
  [40, 'warning'],
  [8, undefined],
  [-1, undefined],
  ['constructor', undefined],
  ['', undefined],
  [true, undefined],
  [{}, undefined],
])('%j means %s', (value, name) => {
  expect(severityOfValue(value)).toBe(name)
})

test('what is more severe comes first', () => {
  expect(severitiesFor('>=', 'err')).toEqual(['emerg', 'alert', 'crit', 'err'])
  expect(severitiesFor('>', 'err')).toEqual(['emerg', 'alert', 'crit'])
  expect(severitiesFor('<=', 'info')).toEqual(['info', 'debug'])
  expect(severitiesFor('<', 'info')).toEqual(['debug'])
  expect(severitiesFor('>', 'emerg')).toEqual([])
  for (const name of severityNames)
    expect([...severitiesFor('>=', name), ...severitiesFor('<', name)]).toEqual(severityNames)
})
