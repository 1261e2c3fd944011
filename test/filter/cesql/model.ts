import fc from 'fast-check'
import type { BinaryOperator, Expression, Identifier } from '../../../src/filter/cesql/ast.js'

/** Arbitrary expressions of every kind, in the form that the parser produces. */

const texts = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    'a/b',
    'a/b/c',
    'b',
    'é',
    'true',
    'FALSE',
    '0',
    '1',
    '-5',
    "it's",
    'a\\b',
    '%',
    '"',
  ),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
)
const numbers = fc.oneof(
  fc.constantFrom(0, 1, -1, 5, 2147483647, -2147483648, 1.5, 2 ** 40, -0.25),
  fc.integer(),
)
const patterns = fc.oneof(
  fc.constantFrom('%', 'a%', '%b', '%/%', 'a_b', 'a/b', '', '\\%', '%a%b%', '_', '[a]', 'a*', '\\\\', '\\'),
  texts.filter((text) => text.length < 20),
)

const identifier: fc.Arbitrary<Identifier> = fc.oneof(
  fc
    .constantFrom(
      'tag',
      'source',
      'type',
      'region',
      'flag',
      'kind',
      'time',
      'id',
      'missing',
      'datacontenttype',
      '1st',
    )
    .map((name) => ({ is: 'attribute' as const, name })),
  fc
    .constantFrom([], ['a'], ['a', 'b'], ['list', '1'], ['x.y'], ['n'], ['t'], ['flag'], ['nil'], ['a-b'])
    .map((path) => ({ is: 'data' as const, path })),
)

const operators: BinaryOperator[] = [
  ...(['AND', 'OR', 'XOR', 'AND', 'OR'] as const),
  ...(['=', '<>', '=', '<', '<=', '>', '>='] as const),
  ...(['+', '-', '*', '/', '%'] as const),
]

const calls: [name: string, least: number, most: number][] = [
  ...([
    ['INT', 1, 1],
    ['BOOL', 1, 1],
    ['STRING', 1, 1],
    ['IS_INT', 1, 1],
    ['IS_BOOL', 1, 1],
  ] as const),
  ...([
    ['ABS', 1, 1],
    ['LENGTH', 1, 1],
    ['CONCAT', 0, 3],
    ['CONCAT_WS', 1, 3],
    ['LOWER', 1, 1],
  ] as const),
  ...([
    ['UPPER', 1, 1],
    ['TRIM', 1, 1],
    ['LEFT', 2, 2],
    ['RIGHT', 2, 2],
    ['SUBSTRING', 2, 3],
  ] as const),
].map(([name, least, most]) => [name, least, most])

export const expression: fc.Arbitrary<Expression> = fc.letrec<{ any: Expression; list: Expression[] }>(
  (tie) => ({
    any: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 2, arbitrary: identifier },
      {
        weight: 2,
        arbitrary: fc.oneof(texts, numbers, fc.boolean()).map((value) => ({ is: 'literal' as const, value })),
      },
      { weight: 1, arbitrary: identifier.map((of) => ({ is: 'exists' as const, of })) },
      {
        weight: 1,
        arbitrary: tie('any').map((operand) => ({ is: 'unary' as const, operator: 'NOT' as const, operand })),
      },
      {
        weight: 1,
        arbitrary: tie('any')
          .filter(isNoNumber)
          .map((operand) => ({ is: 'unary' as const, operator: '-' as const, operand })),
      },
      {
        weight: 6,
        arbitrary: fc
          .tuple(fc.constantFrom(...operators), tie('any'), tie('any'))
          .map(([operator, left, right]) => ({ is: 'binary' as const, operator, left, right })),
      },
      {
        weight: 3,
        arbitrary: fc
          .tuple(tie('any'), patterns, fc.boolean())
          .map(([operand, pattern, negated]) => ({ is: 'like' as const, operand, pattern, negated })),
      },
      {
        weight: 2,
        arbitrary: fc
          .tuple(tie('any'), tie('list'), fc.boolean())
          .map(([operand, set, negated]) => ({ is: 'in' as const, operand, set, negated })),
      },
      {
        weight: 2,
        arbitrary: fc
          .constantFrom(...calls)
          .chain(([name, least, most]) =>
            fc
              .array(tie('any'), { minLength: least, maxLength: most })
              .map((given) => ({ is: 'call' as const, name, arguments: given })),
          ),
      },
    ),
    list: fc.array(tie('any'), { minLength: 1, maxLength: 3 }),
  }),
).any

/** The parser combines a minus and a number into one number. */
function isNoNumber(operand: Expression): boolean {
  return operand.is !== 'literal' || typeof operand.value !== 'number'
}

const scalar = fc.oneof(
  texts,
  numbers,
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom(2n ** 60n, Number.NaN),
)

export const body = fc.oneof(
  fc.record(
    {
      a: fc.oneof(scalar, fc.record({ b: scalar })),
      list: fc.array(scalar, { maxLength: 3 }),
      'x.y': scalar,
      n: numbers,
      t: texts,
      flag: fc.boolean(),
      nil: fc.constant(null),
      'a-b': fc.constant(new Uint8Array(3)),
    },
    { requiredKeys: [] },
  ),
  scalar,
)

export const event = fc.record(
  {
    tag: fc.constantFrom('a', 'a/b', 'a/b/c', 'b', 'é'),
    source: fc.constantFrom('', 'a', 'b/a'),
    kind: fc.constantFrom(0, 3, 0xffff_ffff),
    attributes: fc.record(
      { type: texts, region: fc.oneof(texts, fc.integer(), fc.constant(2 ** 40)), flag: fc.boolean() },
      { requiredKeys: [] },
    ),
    data: body,
  },
  { requiredKeys: ['tag', 'data'] },
)
