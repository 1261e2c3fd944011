import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileSql } from '../../../src/filter/cesql/compile.js'
import { compileValue } from '../../../src/filter/cesql/evaluate.js'
import { formatExpression } from '../../../src/filter/cesql/format.js'
import { compileLike } from '../../../src/filter/cesql/like.js'
import { parseExpression, parseSql } from '../../../src/filter/cesql/parser.js'
import type { Faults } from '../../../src/filter/cesql/values.js'
import { compileTest } from '../../../src/filter/compile.js'
import { compileFilter, explainEvent, formatFilter, parseFilter } from '../../../src/filter/index.js'
import { repeats } from '../../helpers/repeats.js'
import { frameAt } from '../frames.js'
import { options } from './events.js'
import { event, expression } from './model.js'

function collect(): Faults {
  return {
    count: 0,
    add() {
      this.count++
    },
  }
}

describe('an SQL condition', () => {
  it('is read back unchanged from its canonical text', () => {
    fc.assert(
      fc.property(expression, (expression) => {
        const text = formatExpression(expression)
        fc.pre(text.length < 4000)
        expect(parseExpression(text, 'sql')).toEqual(expression)
      }),
      { numRuns: repeats(375, 30000) },
    )
  })

  it('has a value for every event, and the filter matches if the value is true without a fault', () => {
    fc.assert(
      fc.property(expression, event, (expression, event) => {
        const { bytes, at } = frameAt(event)
        const faults = collect()
        const value = compileValue(expression, options)(bytes, at, faults)
        const expected = value === true && faults.count === 0
        expect(compileSql(expression, options, compileTest)(bytes, at)).toBe(expected)
      }),
      { numRuns: repeats(500, 40000) },
    )
  })

  it('matches the same events as a filter, whose JSON form is read back to the same filter', () => {
    fc.assert(
      fc.property(expression, event, (expression, event) => {
        const text = formatExpression(expression)
        const { bytes, at } = frameAt(event)
        const faults = collect()
        const value = compileValue(expression, options)(bytes, at, faults)
        const filter = read(text)
        fc.pre(filter !== undefined)
        const matcher = compileFilter(filter!, options)
        const expected = value === true && faults.count === 0
        expect(matcher.matches(bytes, at)).toBe(expected)
        expect(explainEvent(filter!, bytes, at, options).matches).toBe(expected)
        expect(formatFilter(parseFilter(formatFilter(filter!)))).toEqual(formatFilter(filter!))
        const anchored = matcher.prefixes?.some((prefix) => event.tag.startsWith(prefix)) ?? true
        if (expected) expect(anchored).toBe(true)
        else if (matcher.exact) expect(anchored).toBe(false)
      }),
      { numRuns: repeats(500, 40000) },
    )
  })

  it('is refused or read, whatever the text', () => {
    const piece = fc.constantFrom(
      '(',
      ')',
      'a',
      'data.',
      'NOT',
      'LIKE',
      "'",
      '"',
      '-',
      '1',
      '.',
      'AND',
      ',',
      'IN',
      '\\',
      ' ',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join('')),
        ),
        (text) => {
          try {
            parseSql(text, 'sql', 16, { nodes: 512 })
          } catch (error) {
            expect(error).toMatchObject({ code: expect.stringMatching(/^TCN_FILTER_/) })
          }
        },
      ),
      { numRuns: repeats(250, 20000) },
    )
  })

  it('reads nothing beyond the frame', () => {
    fc.assert(
      fc.property(expression, event, (expression, event) => {
        const { bytes, at } = frameAt(event)
        const frame = bytes.subarray(at, bytes.length - 3)
        const surrounded = new Uint8Array(frame.length + 64).fill(0xdb)
        surrounded.set(frame, 32)
        const evaluate = compileValue(expression, options)
        expect(evaluate(surrounded, 32, collect())).toEqual(evaluate(frame, 0, collect()))
      }),
      { numRuns: repeats(250, 20000) },
    )
  })
})

describe('LIKE', () => {
  it('matches like a naive implementation', () => {
    const letters = fc.constantFrom('a', 'b', '%', '_', '\\', 'é', '*', '[')
    const pattern = fc.array(letters, { maxLength: 8 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(pattern, pattern, (pattern, text) => {
        const bytes = new TextEncoder().encode(text)
        expect(compileLike(pattern).test(bytes, 0, bytes.length)).toBe(naive([...pattern], [...text]))
      }),
      { numRuns: repeats(500, 40000) },
    )
  })
})

function naive([first, ...rest]: string[], text: string[]): boolean {
  if (first === undefined) return text.length === 0
  if (first === '%') return naive(rest, text) || (text.length > 0 && naive([first, ...rest], text.slice(1)))
  if (first === '_') return text.length > 0 && naive(rest, text.slice(1))
  const escapes = first === '\\' && ['%', '_', '\\'].includes(rest[0])
  const [wanted, after] = escapes ? [rest[0], rest.slice(1)] : [first, rest]
  return text[0] === wanted && naive(after, text.slice(1))
}

function read(sql: string): ReturnType<typeof parseFilter> | undefined {
  try {
    return parseFilter({ sql })
  } catch (error) {
    expect(error).toMatchObject({ code: expect.stringMatching(/_SYNTAX|_TOO_COMPLEX|_TOO_LONG/) })
    return undefined
  }
}
