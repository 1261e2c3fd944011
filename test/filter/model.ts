import fc from 'fast-check'
import { compileGlob, matchGlob } from '../../src/filter/fnmatch.js'
import type { TestEvent } from './frames.js'

/** Arbitrary filters in the JSON form, and the simplest possible model of their meaning. */

type Json = { [key: string]: unknown }

const words = ['', 'a', 'a/b', 'a/b/c', 'ab', 'b', 'b/a', 'é', 'a/é', 'x.y']
const word = fc.constantFrom(...words)
const scalar = fc.oneof(word, fc.constantFrom(0, 1, -1, 1.5, 2 ** 40, true, false, null))
const fields = [
  'tag',
  'subject',
  'source',
  'type',
  'region',
  'data.a',
  'data.a.b',
  'data.list.1',
  'data.x\\.y',
]
const globs = fc.constantFrom('', '*', 'a*', '*b', '*/*', 'a?b', '[a-b]*', '*a/b*', '[!a]*', 'a/[b]', 'a**')
const regexes = fc.constantFrom('', '^a/b', 'b$', '^a', 'a.b', '^(a|b)/', '^a|b$', '^ab*', 'é')

export const comparison: fc.Arbitrary<Json> = fc.oneof(
  named('exact', fc.oneof({ weight: 3, arbitrary: word }, scalar)),
  named('prefix', word),
  named('suffix', word),
  named('contains', word),
  named('glob', globs),
  named('regex', regexes),
  fc.nat(7).map((kind) => ({ kind })),
  fc.constantFrom('a', 'b', 'A', 'ab', 'a/', '/b', 'é', 'x.y').map((grep) => ({ grep })),
  fc
    .tuple(fc.constantFrom('words', 'part'), fc.constantFrom('a', 'B', 'É', '/', 'a/b'), fc.boolean())
    .map(([as, text, ignoreCase]) => ({ grep: { [as]: text, ignoreCase } })),
  fc.constantFrom('^a/b', 'b$', '^(a|b)/', '^a|b$').map((pattern) => ({ grep: { pattern } })),
  fc.nat(7).map((kind) => ({ exact: { kind } })),
)

export const filterJson: fc.Arbitrary<Json> = fc
  .letrec<{ filter: Json; list: Json[] }>((tie) => ({
    filter: fc.oneof(
      { depthSize: 'small' },
      { weight: 3, arbitrary: comparison },
      { weight: 1, arbitrary: tie('list').map((all) => ({ all })) },
      { weight: 1, arbitrary: tie('list').map((any) => ({ any })) },
      { weight: 1, arbitrary: tie('filter').map((not) => ({ not })) },
    ),
    list: fc.array(tie('filter'), { maxLength: 3 }),
  }))
  .filter.filter(isCheap)

/** A filter may not search the texts of events many times. */
function isCheap(filter: Json): boolean {
  return JSON.stringify(filter).split('"grep"').length <= 4
}

const value: fc.Arbitrary<unknown> = fc.oneof(
  scalar,
  fc.record({ b: scalar }),
  fc.array(scalar, { maxLength: 3 }),
)

export const event: fc.Arbitrary<TestEvent> = fc.record(
  {
    tag: fc.constantFrom(...words.slice(1)),
    source: word,
    kind: fc.nat(7),
    attributes: fc.record(
      { type: word, region: fc.oneof(word, fc.constantFrom(1, true)) },
      { requiredKeys: [] },
    ),
    data: fc.oneof(
      fc.record({ a: value, list: fc.array(scalar, { maxLength: 3 }), 'x.y': scalar }, { requiredKeys: [] }),
      scalar,
    ),
  },
  { requiredKeys: ['tag', 'data'] },
)

/** Returns the type of a test event: the first segment of its tag. */
export function typeOf(tag: string): string {
  return tag.split('/')[0]
}

function named(dialect: string, wanted: fc.Arbitrary<unknown>): fc.Arbitrary<Json> {
  return fc
    .dictionary(fc.constantFrom(...fields), wanted, { minKeys: 1, maxKeys: 2, noNullPrototype: true })
    .filter((compared) => Object.entries(compared).every(([field, value]) => fits(field, value)))
    .map((compared) => ({ [dialect]: compared }))
}

function fits(field: string, value: unknown): boolean {
  if (field.startsWith('data')) return true
  if (value === '' && ['tag', 'subject', 'type'].includes(field)) return false
  return field === 'region' ? value !== null : typeof value === 'string'
}

export function matchesModel(filter: Json, event: TestEvent): boolean {
  const [[dialect, wanted]] = Object.entries(filter) as [[string, never]]
  switch (dialect) {
    case 'all':
      return (wanted as Json[]).every((part) => matchesModel(part, event))
    case 'any':
      return (wanted as Json[]).some((part) => matchesModel(part, event))
    case 'not':
      return !matchesModel(wanted as Json, event)
    case 'kind':
      return ((event.kind ?? 0) & (wanted as number)) !== 0
    case 'grep':
      return [event.tag as string, ...textsOf(event.data)].some((text) => isFound(wanted, text))
    default:
      return Object.entries(wanted as Json).every(([field, text]) =>
        compare(dialect, lookUp(field, event), text, field),
      )
  }
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : []
}

const OF_WORD = '[\\w\u0080-\u{10ffff}]'

function isFound(wanted: string | Json, text: string): boolean {
  const { ignoreCase, words, part, pattern } = typeof wanted === 'string' ? { words: wanted } : wanted
  const literal = String(words ?? part).replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
  const bound = (letter = '') => words !== undefined && new RegExp(OF_WORD, 'u').test(letter)
  const before = bound(String(words)[0]) ? `(?<!${OF_WORD})` : ''
  const after = bound(String(words).at(-1)) ? `(?!${OF_WORD})` : ''
  return new RegExp(
    pattern === undefined ? before + literal + after : `${pattern}`,
    ignoreCase ? 'iu' : 'u',
  ).test(text)
}

function compare(dialect: string, found: unknown, wanted: unknown, field: string): boolean {
  if (dialect === 'exact') return field === 'region' ? found === String(wanted) : found === wanted
  if (typeof found !== 'string') return false
  const text = wanted as string
  if (dialect === 'prefix') return found.startsWith(text)
  if (dialect === 'suffix') return found.endsWith(text)
  if (dialect === 'contains') return found.includes(text)
  if (dialect === 'regex') return new RegExp(text, 'u').test(found)
  const bytes = new TextEncoder().encode(found)
  return matchGlob(compileGlob(text), bytes, 0, bytes.length)
}

function lookUp(field: string, event: TestEvent): unknown {
  switch (field) {
    case 'tag':
    case 'subject':
      return event.tag
    case 'source':
      return event.source ?? ''
    case 'kind':
      return event.kind ?? 0
    case 'type':
      return event.attributes?.type ?? typeOf(event.tag as string)
    case 'region':
      return event.attributes?.region === undefined ? undefined : String(event.attributes.region)
    case 'data.x\\.y':
      return own(event.data, 'x.y')
    default:
      return field.split('.').slice(1).reduce(own, event.data)
  }
}

function own(from: unknown, key: string): unknown {
  if (typeof from !== 'object' || from === null || !Object.hasOwn(from, key) || key === 'length')
    return undefined
  return (from as Json)[key]
}
