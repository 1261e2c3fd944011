import { describe, expect, it } from 'vitest'
import { compileValue } from '../../../src/filter/cesql/evaluate.js'
import { formatExpression } from '../../../src/filter/cesql/format.js'
import { parseExpression } from '../../../src/filter/cesql/parser.js'
import type { FaultKind, Value } from '../../../src/filter/cesql/values.js'
import { compileFilter, parseFilter } from '../../../src/filter/index.js'
import { frameAt, type TestEvent } from '../frames.js'
import { options, usual } from './events.js'
import { refused } from './refused.js'
import { tables } from './tables.js'

function evaluate(sql: string, event: TestEvent): { value: Value; faults: FaultKind[] } {
  const { bytes, at } = frameAt(event)
  const faults: FaultKind[] = []
  const value = compileValue(parseExpression(sql, 'sql'), options)(bytes, at, {
    count: 0,
    add: (kind) => faults.push(kind),
  })
  return { value: value ?? false, faults }
}

for (const [name, rows] of Object.entries(tables)) {
  describe(`CESQL: ${name}`, () => {
    for (const [sql, result, fault, attributes] of rows) {
      const event = { ...usual, ...(attributes && { attributes }) }

      it(`${sql} gives ${JSON.stringify(result)}${fault ? ` and a fault: ${fault}` : ''}`, () => {
        const { value, faults } = evaluate(sql, event)
        expect(value).toBe(result)
        expect(faults[0]).toBe(fault)
      })

      it(`${sql} is read back unchanged from its canonical text`, () => {
        const expression = parseExpression(sql, 'sql')
        expect(parseExpression(formatExpression(expression), 'sql')).toEqual(expression)
      })

      if (typeof result !== 'boolean') continue
      it(`${sql} as a filter ${result && !fault ? 'lets the event pass' : 'does not let the event pass'}`, () => {
        const { bytes, at } = frameAt(event)
        const matcher = compileFilter(parseFilter({ sql }), options)
        expect(matcher.matches(bytes, at)).toBe(result && fault === undefined)
      })
    }
  })
}

describe('text that is not CESQL', () => {
  it.each(refused)('%j is refused with its position', (sql, position, message) => {
    const read = () => parseFilter({ sql })
    expect(read).toThrow(expect.objectContaining({ code: 'TCN_FILTER_SYNTAX' }))
    expect(read).toThrow(/^filter\.sql: /)
    if (message !== undefined) expect(read).toThrow(message)
    if (message !== 'never true') expect(read).toThrow(position)
  })
})
