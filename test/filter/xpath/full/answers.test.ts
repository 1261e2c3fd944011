import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileSimple } from '../../../../src/filter/xpath/evaluate.js'
import { compileXPath } from '../../../../src/filter/xpath/full/index.js'
import type { EventView } from '../../../../src/filter/xpath/view.js'

const engine = (expression: string, event: EventView) => compileXPath(expression)(event)

const event: EventView = {
  type: 'link-down',
  attributes: { tag: 'a/b', source: 's', time: '2026-01-31T06:00:00.000Z' },
  data: { ifs: [{ name: 'eth0', mtu: 1500 }, { name: 'eth1' }], note: 'x', list: [['a', 'b']] },
}

describe('the nodes of an event', () => {
  it.each([
    ["//name = 'eth1'", true],
    ["/link-down/ifs[2]/name = 'eth1'", true],
    ["/link-down/ifs[name = 'eth1']/preceding-sibling::ifs/mtu = 1500", true],
    ["//mtu/../name = 'eth0'", true],
    ["/link-down/note/text() = 'x'", true],
    ['count(//item) = 2', true],
    ["//@tag = 'a/b'", true],
    ["name(/link-down/ifs[last()]/following-sibling::*[1]) = 'note'", true],
    ["string(/link-down/ifs[1]) = 'eth01500'", true],
    ["//name = 'eth2'", false],
    ["//*/ancestor::link-down/@source = 's'", true],
    ["/link-down/@time > '2026-01-31T05'", false],
    ["starts-with(/link-down/@time, '2026-01-31T06')", true],
    ["ends-with(//name[2], '1')", false],
    ["ends-with(//ifs[2]/name, '1')", true],
    ['//p:mtu = 1500', true],
    ["id('x')", false],
    ["(//name | //mtu)[2] = '1500'", true],
    ['//ifs[2]/name/preceding::mtu = 1500', true],
    ["//mtu/following::note = 'x'", true],
    ['count(//@*) = 3', true],
    ['//@tag/.. = //link-down', true],
  ])('answer %s with %s', (expression, matches) => {
    expect(engine(expression, event)).toBe(matches)
  })
})

const scalar = fc.oneof(
  fc.constantFrom('a', 'b', '', '5', ' 7 ', 'true'),
  fc.integer({ min: -2, max: 9 }),
  fc.double({ min: -5, max: 5, noNaN: true }),
  fc.boolean(),
  fc.constant(null),
)
const name = fc.constantFrom('a', 'b', 'c', 'item')
const { content } = fc.letrec((tie) => ({
  content: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('content'), { maxLength: 3 }),
    fc.dictionary(name, tie('content'), { maxKeys: 3 }),
  ),
}))
const literal = fc.constantFrom("'a'", "'5'", '5', '0', "''", "'true'")
const path = fc
  .array(fc.oneof(name, fc.constant('*')), { minLength: 1, maxLength: 3 })
  .map((steps) => steps.join('/'))
const { expression } = fc.letrec<{ expression: string; inner: string }>((tie) => ({
  inner: fc.oneof(
    { depthSize: 'small' },
    path,
    fc.tuple(path, fc.constantFrom('=', '!='), literal).map((parts) => parts.join(' ')),
    fc
      .tuple(path, fc.constantFrom('<', '<=', '>', '>='), fc.constantFrom('5', '0.5', "'5'", "'a'"))
      .map((parts) => parts.join(' ')),
    fc
      .tuple(fc.constantFrom('contains', 'starts-with', 'ends-with'), path)
      .map(([test, of]) => `${test}(${of}, 'a')`),
    tie('inner').map((inner) => `not(${inner})`),
    fc.tuple(tie('inner'), fc.constantFrom('and', 'or'), tie('inner')).map((parts) => `(${parts.join(' ')})`),
    fc.tuple(path, tie('inner'), path).map(([first, test, last]) => `${first}[${test}]/${last}`),
  ),
  expression: tie('inner').map((inner) => `/t[${inner}]`),
}))

describe('a simple XPath', () => {
  it('gives the answer of the engine', () => {
    fc.assert(
      fc.property(expression, content, (text, data) => {
        const view: EventView = { type: 't', attributes: { tag: 'x' }, data }
        const expected = engine(text, view)
        const simple = compileSimple(text)
        expect(simple, text).toBeDefined()
        expect(simple!.matches(view), text).toBe(expected)
      }),
      { numRuns: 500 },
    )
  })
})
