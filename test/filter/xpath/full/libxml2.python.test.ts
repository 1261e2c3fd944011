import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileXPath } from '../../../../src/filter/xpath/full/index.js'
import { childrenOf, elementName, ownText } from '../../../../src/filter/xpath/view.js'
import { requireTool } from '../../../helpers/tools.js'

const data = [
  { speed: 1000, vlans: [1, 2], list: [{ name: 'abc', v: 3 }, { name: 'b', v: 20 }, { v: 4 }], flag: true },
  { speed: '12', vlans: [10], list: [], flag: 'false' },
  { speed: 'fast', vlans: [], list: [{ name: ' a  b ', v: '+5' }], flag: false },
  { speed: 10000, l: [1, 2], empty: null, nested: { deep: { speed: 5, x: ['a', 'b', 'c'] } } },
  { speed: -0.5, text: 'été', list: [['x', 'y'], ['z']] },
]

const paths = [
  '//speed',
  '//vlans',
  '//list/name',
  '//list[3]/v',
  '//flag',
  '//x',
  '/e/l',
  '//*',
  '//@tag',
  '//item[1]',
]
const literals = ["'999'", "'a'", '5', '1000', "''", 'true()', 'false()', '-0.5', '(1 div 0)']
const path = fc.constantFrom(...paths)
const literal = fc.constantFrom(...literals)
const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    path,
    literal,
    fc
      .tuple(
        fc.constantFrom('string', 'number', 'normalize-space', 'string-length', 'boolean', 'not'),
        tie('value'),
      )
      .map(([name, of]) => `${name}(${of})`),
    fc
      .tuple(
        fc.constantFrom('contains', 'starts-with', 'concat', 'substring-before', 'substring-after'),
        tie('value'),
        tie('value'),
      )
      .map(([name, ...of]) => `${name}(${of})`),
    fc
      .tuple(fc.constantFrom('count', 'sum', 'name', 'local-name'), path)
      .map(([name, of]) => `${name}(${of})`),
    fc
      .tuple(fc.constantFrom('floor', 'ceiling', 'round'), tie('value'))
      .map(([name, of]) => `${name}(${of})`),
    fc
      .tuple(
        tie('value'),
        fc.constantFrom('=', '!=', '<', '<=', '>', '>=', 'and', 'or', '+', '-', '*', 'div', 'mod'),
        tie('value'),
      )
      .map((parts) => `(${parts.join(' ')})`),
    fc
      .tuple(tie('value'), fc.integer({ min: -1, max: 3 }), fc.integer({ min: 0, max: 3 }))
      .map(([of, ...at]) => `substring(${[of, ...at]})`),
    tie('value').map((of) => `translate(${of}, 'abc1', 'AB')`),
    fc.tuple(path, tie('value')).map(([of, test]) => `count(${of}[${test}])`),
    fc
      .tuple(
        path,
        fc.constantFrom(
          '..',
          'following-sibling::*',
          'preceding::*',
          'ancestor::*',
          'descendant::text()',
          '@*',
          'following::*[1]',
          'preceding-sibling::*[last()]',
        ),
      )
      .map((parts) => parts.join('/')),
  ),
}))

function xml(name: string, content: unknown, attributes = ''): string {
  const children = childrenOf(content)
  const inner =
    children.length > 0 ? children.map(([key, child]) => xml(key, child)).join('') : ownText(content)
  return `<${elementName(name)}${attributes}>${inner}</${elementName(name)}>`
}

test('expressions give the answers of libxml2', () => {
  // For libxml2, the nodes that follow an attribute are those that follow its element.
  const expressions = fc
    .sample(value, { numRuns: 6000, seed: 1 })
    .filter((each) => !each.includes('@tag/following'))
  const cases = expressions.map((expression, n) => [data[n % data.length], expression] as const)
  const documents = cases.map(([of, expression]) => [xml('e', of, ' tag="a/b"'), expression])
  const input = JSON.stringify(documents)
  const output = execFileSync(requireTool('python3-lxml'), [join(import.meta.dirname, 'libxml2.py')], {
    input,
  })
  const expected: (boolean | null)[] = JSON.parse(output.toString())
  const different = cases.flatMap(([of, expression], n) => {
    const found = answer(expression, of)
    return found === expected[n] ? [] : [{ expression, data: of, found, expected: expected[n] }]
  })
  expect(different).toEqual([])
  expect(expected.filter((each) => each !== null).length).toBeGreaterThan(4000)
})

function answer(expression: string, of: unknown): boolean | null {
  try {
    return compileXPath(expression)({ type: 'e', attributes: { tag: 'a/b' }, data: of })
  } catch {
    return null
  }
}
