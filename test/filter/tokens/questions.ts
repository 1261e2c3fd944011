import fc from 'fast-check'
import type { FilterInput } from '../../../src/filter/index.js'
import { withCondition } from '../../../src/filter/index.js'
import type { TestEvent } from '../frames.js'

/** A condition in SQL is a text here; other filters are JSON. */
export function askedFor(question: unknown): FilterInput {
  return typeof question === 'string' ? withCondition(undefined, question) : (question as FilterInput)
}

const words = [
  'card',
  'CARD',
  'refused',
  'ta\u017fk',
  'TASK',
  'tas\u212a',
  'für',
  'FÜR',
  'web',
  'e',
  'true',
  'a_b',
]
const numbers = ['0', '7', '007', '404', '1234', '66', '113', '203', 'db8', 'ff']
const joints = [' ', '.', ':', '-', '/', ', ', '', '=', '\u00a0', '_', '%', "''"]

/** Texts that are alike, so that many of them have parts of each other. */
export const someText: fc.Arbitrary<string> = fc
  .array(fc.tuple(fc.constantFrom(...words, ...numbers), fc.constantFrom(...joints)), { maxLength: 6 })
  .chain((parts) =>
    fc.constantFrom(...joints).map((first) => (first === ' ' ? first : '') + parts.flat().join('')),
  )

const address = fc
  .tuple(
    fc.constantFrom('.', ':', '-'),
    fc.array(fc.constantFrom('1', '20', '203', 'ff'), { minLength: 3, maxLength: 6 }),
  )
  .map(([joint, parts]) => parts.join(joint))

const scalar: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: someText },
  { weight: 2, arbitrary: address },
  fc.constantFrom(
    0,
    1,
    7,
    404,
    404.5,
    1e21,
    1234,
    -7,
    2 ** 40,
    true,
    false,
    null,
    '404',
    '0404',
    '+7',
    'true',
  ),
  fc.constant(new Uint8Array([4, 0, 4])),
)

const body = fc.record(
  {
    a: scalar,
    message: fc.oneof(someText, address),
    list: fc.array(scalar, { maxLength: 3 }),
    deep: fc.record({ b: scalar, message: scalar }),
  },
  { requiredKeys: ['a'] },
)

const tag = fc
  .array(fc.oneof(address, fc.constantFrom('syslog', 'net', 'web-7.fra', 'fra-7.web', 'für', 'log')), {
    minLength: 1,
    maxLength: 4,
  })
  .map((segments) => segments.join('/'))

export const storedEvent: fc.Arbitrary<TestEvent> = fc.record({
  tag,
  source: fc.oneof(tag, fc.constant('')),
  data: fc.oneof({ weight: 8, arbitrary: body as fc.Arbitrary<unknown> }, scalar),
  attributes: fc.record({ region: fc.oneof(address, fc.constantFrom('eu west', '404', 404, true)) }),
})

/** The texts in events, and numbers, as texts. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value === 'number' || typeof value === 'boolean') return [String(value)]
  if (value instanceof Uint8Array || value === null || typeof value !== 'object') return []
  return Object.values(value).flatMap(textsIn)
}

const FIELDS = [
  'tag',
  'source',
  'region',
  'data.a',
  'data.message',
  'data.list.1',
  'data.deep.b',
  'data.deep.message',
]

/** A question about texts that are in the events, or nearly so. */
export function questionOn(events: readonly TestEvent[]): fc.Arbitrary<unknown> {
  const texts = [...new Set(events.flatMap(textsIn))].filter((text) => text !== '')
  const text = texts.length === 0 ? fc.constant('card') : fc.constantFrom(...texts)
  return fc.oneof(searches(text), conditions(text), comparisons(text), combinations(text))
}

/** A part of a text. */
function partOf(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(text, fc.nat(), fc.nat()).map(([whole, one, other]) => {
    const characters = [...whole]
    const ends = [one % (characters.length + 1), other % (characters.length + 1)].sort((a, b) => a - b)
    return characters.slice(ends[0], ends[1]).join('') || whole
  })
}

function searches(text: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  const wanted = fc.oneof(text, partOf(text), partOf(text).map(swapped))
  return fc.oneof(
    fc.tuple(fc.constantFrom('words', 'part'), wanted, fc.boolean()).map(([as, text, ignoreCase]) => ({
      grep: { [as]: text, ignoreCase },
    })),
    fc.tuple(wanted, fc.constantFrom('', '.*', '[a-z]+', '(?i)'), wanted).map(([one, between, other]) => ({
      grep: { pattern: `${quoted(one)}${between}(?:${quoted(other)}|${quoted(one)})?` },
    })),
  )
}

/** The same letters in the other case, as far as they have one. */
function swapped(text: string): string {
  const upper = text.toUpperCase()
  return upper === text ? text.toLowerCase() : upper
}

function quoted(text: string): string {
  return text.replace(/[^\w\u0080-\uffff]/g, '\\$&')
}

const field = fc.constantFrom(...FIELDS)

function comparisons(text: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  const short = fc.oneof(text, partOf(text)).filter((wanted) => wanted.length < 60)
  const star = fc.tuple(
    fc.constantFrom('', '*', '?'),
    short,
    fc.constantFrom('*', '', '*?'),
    short,
    fc.constantFrom('', '*'),
  )
  return fc.oneof(
    fc
      .tuple(fc.constantFrom('exact', 'prefix', 'suffix', 'contains'), field, short)
      .map(([op, name, wanted]) => ({ [op]: { [name]: wanted } })),
    fc.tuple(field, star).map(([name, parts]) => ({ glob: { [name]: parts.join('') } })),
    fc.tuple(field, short).map(([name, wanted]) => ({ regex: { [name]: quoted(wanted) } })),
    fc.constantFrom(0, 1, 7, 404, 404.5, 1234, true).map((value) => ({ exact: { 'data.a': value } })),
  )
}

const inQuotes = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`

function conditions(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const wanted = fc.oneof(text, partOf(text)).map(inQuotes)
  const number = fc.constantFrom('0', '1', '7', '404', '1234', "'404'", "'0404'", "'true'", "'1'")
  const value = fc.oneof(wanted, number)
  const pattern = fc
    .tuple(fc.constantFrom('', '%', '_'), partOf(text), fc.constantFrom('', '%'))
    .map(([first, part, last]) => inQuotes(first + part + last))
  const simple = fc.oneof(
    fc.tuple(field, value).map(([name, wanted]) => `${name} = ${wanted}`),
    fc.tuple(field, value).map(([name, wanted]) => `${wanted} = ${name}`),
    fc
      .tuple(field, fc.array(value, { minLength: 1, maxLength: 3 }))
      .map(([name, set]) => `${name} IN (${set.join(', ')})`),
    fc.tuple(field, pattern).map(([name, like]) => `${name} LIKE ${like}`),
  )
  return fc.oneof(
    { weight: 3, arbitrary: simple },
    fc
      .tuple(simple, fc.constantFrom('AND', 'OR', 'XOR'), simple)
      .map(([one, and, other]) => `(${one}) ${and} (${other})`),
    simple.map((condition) => `NOT (${condition})`),
  )
}

function combinations(text: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  const part = fc.oneof(searches(text), comparisons(text))
  return fc.oneof(
    fc
      .tuple(fc.constantFrom('all', 'any'), fc.array(part, { minLength: 1, maxLength: 3 }))
      .map(([op, of]) => ({ [op]: of })),
    part.map((not) => ({ not })),
  )
}
