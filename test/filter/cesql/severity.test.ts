import { expect, test } from 'vitest'
import { formatExpression } from '../../../src/filter/cesql/format.js'
import { parseExpression } from '../../../src/filter/cesql/parser.js'
import { compileFilter, parseFilter } from '../../../src/filter/index.js'
import { frameAt } from '../frames.js'
import { options } from './events.js'

const read = (sql: string) => formatExpression(parseExpression(sql, 'sql'))

test.each([
  ["severity >= 'error'", "severity IN ('emerg', 'alert', 'crit', 'err')"],
  ["severity > 'crit'", "severity IN ('emerg', 'alert')"],
  ["severity > 'emerg'", 'FALSE'],
  ['severity >= error', "severity IN ('emerg', 'alert', 'crit', 'err')"],
  ['severity IN (error, crit)', "severity IN ('err', 'crit')"],
  ['severity = region', 'severity = region'],
  ["severity < 'info'", "severity IN ('debug')"],
  ["'warning' <= severity", "severity IN ('emerg', 'alert', 'crit', 'err', 'warning')"],
  ["severity = 'critical'", "severity = 'crit'"],
  ["'warn' <> severity", "severity <> 'warning'"],
  ["severity NOT IN ('error', 'odd')", "severity NOT IN ('err', 'odd')"],
  ["NOT (severity >= 'notice')", "NOT (severity IN ('emerg', 'alert', 'crit', 'err', 'warning', 'notice'))"],
  ["severity LIKE 'e%'", "severity LIKE 'e%'"],
  ["data.severity >= 'error'", "data.severity >= 'error'"],
])('%s is read as %s', (sql, canonical) => {
  expect(read(sql)).toBe(canonical)
  expect(read(canonical)).toBe(canonical)
})

test.each(["severity >= 'bad'", "severity = 'odd'", "'' < severity"])('%s is refused', (sql) => {
  expect(() => read(sql)).toThrow(/expected a severity instead of/)
})

test('each severity of a comparison counts as a part', () => {
  const many = (count: number) => Array.from({ length: count }, () => "severity >= 'debug'").join(' OR ')
  const most = Array.from({ length: 100 }, (_, nth) => nth + 1).filter((count) => isRead(many(count)))
  expect(most.length).toBeGreaterThan(0)
  for (const count of most) expect(read(read(many(count)))).toBe(read(many(count)))
})

function isRead(sql: string): boolean {
  try {
    return read(sql) !== ''
  } catch {
    return false
  }
}

test('without types, the severity that an event carries is compared, whatever its spelling', () => {
  const error = frameAt({ tag: 'a', source: 's', attributes: { severity: 'ERROR' } })
  const none = frameAt({ tag: 'a', source: 's', data: { severity: 'err' } })
  for (const input of [{ sql: "severity >= 'warning'" }, { exact: { severity: 'error' } }]) {
    const { matches } = compileFilter(parseFilter(input), options)
    expect([matches(error.bytes, error.at), matches(none.bytes, none.at)]).toEqual([true, false])
  }
})
