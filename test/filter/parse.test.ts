import { RE2JS } from 're2js'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  type FilterInput,
  FilterLimits,
  filterKey,
  formatFilter,
  parseFilter,
} from '../../src/filter/index.js'

function json(input?: FilterInput): unknown {
  return formatFilter(parseFilter(input))
}

/** Returns the error for an input of any type, since callers without types may pass anything. */
function refusal(input: unknown): { code: string; message: string; details: Record<string, unknown> } {
  try {
    parseFilter(input as FilterInput)
  } catch (error) {
    return error as ReturnType<typeof refusal>
  }
  throw new Error(`accepted: ${JSON.stringify(input)}`)
}

afterEach(() => vi.restoreAllMocks())

describe('regular expressions of a filter', () => {
  const any = (patterns: string[]) => ({ any: patterns.map((pattern) => ({ regex: { tag: pattern } })) })
  const many = (count: number, pattern: (n: number) => string) =>
    any(Array.from({ length: count }, (_, n) => pattern(n)))

  it.each([
    ['costs too much', many(30, (n) => `(?i)[a-z\\p{Greek}]{1,60}q${n}`), 'it costs'],
    ['has too many classes', many(13, (n) => `\\pL\\pN${n}`), 'more than 24 classes'],
    ['has too many classes in one pattern', any([`[${'\\p{L}'.repeat(25)}]`]), 'more than 24 classes'],
    ['has long ranges without regard to case', any([`(?i)[${'B-\u{1e942}'.repeat(3)}]`]), 'more than 24'],
    ['has long ranges by number', any([`(?i)[${'\\x{42}-\\x{1e942}'.repeat(3)}]`]), 'more than 24'],
  ])('are not compiled if it %s', (_, filter, reason) => {
    const compile = vi.spyOn(RE2JS, 'compile')
    expect(refusal(filter)).toMatchObject({ code: 'TCN_FILTER_TOO_COMPLEX' })
    expect(refusal(filter).message).toContain(reason)
    expect(compile).not.toHaveBeenCalled()
  })

  it('may have what people write', () => {
    const pattern = '(?i)^[\\p{L}\\p{N}_-]{1,64}/[\u4e00-\u9fff]+$'
    expect(json({ regex: { tag: pattern } })).toEqual({ regex: { tag: pattern } })
    expect(json(any([`[${'B-\u{1e942}'.repeat(3)}]`, 'a', 'b']))).toBeDefined()
  })
})

describe('the short form', () => {
  it.each<[string | string[] | undefined, unknown]>([
    [undefined, { all: [] }],
    [[], { all: [] }],
    ['salt/auth', { prefix: { tag: 'salt/auth' } }],
    ['salt/job/*/ret/*', { glob: { tag: 'salt/job/*/ret/*' } }],
    ['salt/*', { prefix: { tag: 'salt/' } }],
    ['*/ret', { suffix: { tag: '/ret' } }],
    ['*ret*', { contains: { tag: 'ret' } }],
    ['**', { all: [] }],
    ['a[', { exact: { tag: 'a[' } }],
    ['a{b,c}', { prefix: { tag: 'a{b,c}' } }],
    ['a\\b', { prefix: { tag: 'a\\b' } }],
    [['a', 'b'], { any: [{ prefix: { tag: 'a' } }, { prefix: { tag: 'b' } }] }],
    [['a', 'a'], { prefix: { tag: 'a' } }],
    [['a', '!a/b'], { all: [{ not: { prefix: { tag: 'a/b' } } }, { prefix: { tag: 'a' } }] }],
    [['!a/*/b'], { not: { glob: { tag: 'a/*/b' } } }],
    [['!a', '!b'], { not: { any: [{ prefix: { tag: 'a' } }, { prefix: { tag: 'b' } }] } }],
    [['!*'], { any: [] }],
    ['\\!a', { prefix: { tag: '!a' } }],
    ['\\!a*b', { glob: { tag: '!a*b' } }],
    ['!!a', { not: { prefix: { tag: '!a' } } }],
    ['!\\a', { not: { prefix: { tag: '\\a' } } }],
    ['[!]a', { exact: { tag: '[!]a' } }],
    ['[!a]b', { glob: { tag: '[!a]b' } }],
  ])('%j is %j', (input, expected) => {
    expect(json(input)).toEqual(expected)
  })

  it('refuses empty patterns, by themselves or after !', () => {
    for (const input of ['', '!', ['a', ''], '\\!'.slice(0, 0)])
      expect(refusal(input).code).toBe('TCN_FILTER_SYNTAX')
  })

  it('refuses a pattern over 256 bytes, counted in UTF-8', () => {
    expect(json('a'.repeat(256))).toBeDefined()
    expect(json('é'.repeat(128))).toBeDefined()
    expect(json(`!${'a'.repeat(256)}`)).toBeDefined()
    for (const pattern of ['a'.repeat(257), 'é'.repeat(129), `!${'*a'.repeat(129)}`, 'a'.repeat(1e6)]) {
      expect(refusal(pattern).code).toBe('TCN_FILTER_PATTERN_TOO_LONG')
      expect(refusal(pattern).message.length).toBeLessThan(200)
    }
  })

  it('refuses too many patterns', () => {
    const patterns = Array.from({ length: FilterLimits.parts }, (_, n) => `host/${n}/`)
    expect(parseFilter(patterns)).toBeDefined()
    expect(refusal([...patterns, 'one/more'])).toMatchObject({ code: 'TCN_FILTER_TOO_COMPLEX' })
  })

  it('refuses half a character', () => {
    expect(refusal('a\ud800')).toMatchObject({ code: 'TCN_FILTER_SYNTAX' })
    expect(refusal({ prefix: { tag: '\udc00' } })).toMatchObject({ code: 'TCN_FILTER_SYNTAX' })
  })
})

describe('the JSON form', () => {
  it.each<[FilterInput, unknown]>([
    [{}, { all: [] }],
    [{ all: [] }, { all: [] }],
    [{ any: [] }, { any: [] }],
    [{ all: [{ kind: 4 }] }, { kind: 4 }],
    [{ not: { any: [] } }, { all: [] }],
    [{ not: { not: { kind: 4 } } }, { kind: 4 }],
    [{ prefix: { subject: 'a' } }, { prefix: { tag: 'a' } }],
    [{ prefix: { tag: 'a', source: 'b' } }, { all: [{ prefix: { source: 'b' } }, { prefix: { tag: 'a' } }] }],
    [{ exact: { retries: 3 } }, { exact: { retries: '3' } }],
    [{ exact: { urgent: true } }, { exact: { urgent: 'true' } }],
    [{ exact: { 'data.a': -0 } }, { exact: { 'data.a': 0 } }],
    [{ exact: { source: '' } }, { exact: { source: '' } }],
    [{ exact: { 'data.a': null } }, { exact: { 'data.a': null } }],
    [{ exact: { 'data.a\\.b.c\\\\d': 1 } }, { exact: { 'data.a\\.b.c\\\\d': 1 } }],
    [{ exact: { 'data.a\\b': 1 } }, { exact: { 'data.a\\\\b': 1 } }],
    [{ glob: { source: 'host/*' } }, { prefix: { source: 'host/' } }],
    [{ glob: { source: '*' } }, { all: [] }],
    [{ glob: { 'data.a': '*' } }, { prefix: { 'data.a': '' } }],
    [{ contains: { 'data.a': '' } }, { prefix: { 'data.a': '' } }],
    [{ regex: { 'data.a': '' } }, { prefix: { 'data.a': '' } }],
    [{ glob: { 'data.a': '' } }, { exact: { 'data.a': '' } }],
    [{ prefix: { source: '' } }, { all: [] }],
    [{ suffix: { source: '' } }, { all: [] }],
    [{ regex: { tag: 'a|b' } }, { regex: { tag: 'a|b' } }],
    [{ any: [{ kind: 1 }, { any: [{ kind: 2 }, { kind: 1 }] }] }, { any: [{ kind: 1 }, { kind: 2 }] }],
    [{ any: [{ kind: 1 }, {}] }, { all: [] }],
    [{ all: [{ kind: 1 }, { any: [] }] }, { any: [] }],
  ])('%j is %j', (input, expected) => {
    expect(json(input)).toEqual(expected)
  })

  it.each<[unknown, string, string]>([
    [{ sql: 5 }, 'TCN_FILTER_SYNTAX', 'filter.sql: expected text'],
    [{ exact: { type: '' } }, 'TCN_FILTER_SYNTAX', 'filter.exact.type'],
    [{ prefix: { type: '' } }, 'TCN_FILTER_SYNTAX', 'filter.prefix.type'],
    [{ glob: { subject: '' } }, 'TCN_FILTER_SYNTAX', 'filter.glob.subject'],
    [{ all: [{ any: [{ sql: '' }] }] }, 'TCN_FILTER_SYNTAX', 'filter.all[0].any[0].sql'],
    [{ like: { tag: 'a' } }, 'TCN_FILTER_SYNTAX', '"like" is no dialect'],
    [{ prefix: { tag: 'a' }, suffix: { tag: 'b' } }, 'TCN_FILTER_SYNTAX', 'one key is expected'],
    [
      { all: [{}, { prefix: { tag: 5 } }] },
      'TCN_FILTER_SYNTAX',
      'filter.all[1].prefix.tag: expected text, got number 5',
    ],
    [{ all: {} }, 'TCN_FILTER_SYNTAX', 'filter.all: expected a list'],
    [{ not: [] }, 'TCN_FILTER_SYNTAX', 'filter.not: expected an object, got a list'],
    [{ prefix: 'a' }, 'TCN_FILTER_SYNTAX', 'filter.prefix: expected an object, got "a"'],
    [{ prefix: {} }, 'TCN_FILTER_SYNTAX', 'filter.prefix: a field is expected'],
    [{ prefix: { kind: '1' } }, 'TCN_FILTER_SYNTAX', 'kind is a number'],
    [{ exact: { kind: '1' } }, 'TCN_FILTER_SYNTAX', 'filter.exact.kind: expected a number'],
    [{ exact: { tag: 1 } }, 'TCN_FILTER_SYNTAX', 'filter.exact.tag: expected text'],
    [{ exact: { 'data.a': [1] } }, 'TCN_FILTER_SYNTAX', 'got a list'],
    [{ exact: { 'data.a': undefined } }, 'TCN_FILTER_SYNTAX', 'got undefined'],
    [{ exact: { 'data.a': 2 ** 53 } }, 'TCN_FILTER_SYNTAX', 'no exact value'],
    [{ exact: { 'data.a': Number.NaN } }, 'TCN_FILTER_SYNTAX', 'no exact value'],
    [{ exact: { absent: null } }, 'TCN_FILTER_SYNTAX', 'never null'],
    [{ exact: { Region: 'x' } }, 'TCN_FILTER_SYNTAX', '"Region" is no field; fields are tag'],
    [{ exact: { __proto__x: 'x' } }, 'TCN_FILTER_SYNTAX', 'is no field'],
    [{ exact: { 'data.': 'x' } }, 'TCN_FILTER_SYNTAX', 'an empty key'],
    [{ exact: { 'data.a..b': 'x' } }, 'TCN_FILTER_SYNTAX', 'an empty key'],
    [{ kind: -1 }, 'TCN_FILTER_SYNTAX', 'from 0 to 4294967295'],
    [{ kind: 2 ** 32 }, 'TCN_FILTER_SYNTAX', 'from 0 to 4294967295'],
    [{ kind: '1' }, 'TCN_FILTER_SYNTAX', 'from 0 to 4294967295'],
    [[{ kind: 1 }], 'TCN_FILTER_SYNTAX', 'a list holds patterns only'],
    [5, 'TCN_FILTER_SYNTAX', 'expected an object, got number 5'],
    [null, 'TCN_FILTER_SYNTAX', 'expected an object, got null'],
    [new Map(), 'TCN_FILTER_SYNTAX', 'expected an object'],
    [new Uint8Array(2), 'TCN_FILTER_SYNTAX', 'expected an object'],
    [
      { glob: { tag: 'a'.repeat(257) } },
      'TCN_FILTER_PATTERN_TOO_LONG',
      'filter.glob.tag: longer than 256 bytes',
    ],
    [{ regex: { tag: 'a'.repeat(257) } }, 'TCN_FILTER_PATTERN_TOO_LONG', 'filter.regex.tag'],
    [{ exact: { tag: 'a'.repeat(1025) } }, 'TCN_FILTER_PATTERN_TOO_LONG', 'filter.exact.tag'],
    [{ exact: { retries: 'a'.repeat(1025) } }, 'TCN_FILTER_PATTERN_TOO_LONG', 'filter.exact.retries'],
    [{ exact: { [`data.${'a'.repeat(1025)}`]: 1 } }, 'TCN_FILTER_PATTERN_TOO_LONG', 'filter.exact'],
    [{ exact: { [`data${'.a'.repeat(17)}`]: 1 } }, 'TCN_FILTER_TOO_COMPLEX', 'at most 16 keys'],
  ])('refuses %j', (input, code, message) => {
    const error = refusal(input)
    expect(error.code).toBe(code)
    expect(error.message).toContain(message)
  })

  it('refuses integers that JSON cannot represent', () => {
    expect(refusal({ exact: { 'data.a': 5n } }).message).toContain('got bigint 5')
  })

  it('reports the place of a fault, to programs too', () => {
    expect(refusal({ not: { any: [{ kind: 1 }, { kind: 'x' }] } }).details).toEqual({
      where: 'filter.not.any[1].kind',
    })
  })

  it('keeps messages short for names of any length', () => {
    expect(refusal({ ['x'.repeat(1e6)]: 1 }).message.length).toBeLessThan(300)
    expect(refusal({ exact: { ['x'.repeat(1000)]: 1 } }).message.length).toBeLessThan(1300)
  })

  it('compares a tag as long as a tag can be', () => {
    expect(parseFilter({ exact: { tag: 'é'.repeat(512) } })).toMatchObject({ op: 'exact' })
  })

  it('accepts objects without a prototype', () => {
    const filter = Object.assign(Object.create(null), { kind: 4 })
    expect(filterKey(parseFilter(filter))).toBe('{"kind":4}')
  })
})

describe('a filter that is the text of a JSON filter', () => {
  it.each<[string | string[], unknown]>([
    ['{"exact":{"data.x":1}}', { exact: { 'data.x': 1 } }],
    [[' {"prefix":{"tag":"a/"}} '], { prefix: { tag: 'a/' } }],
    ['{}', { all: [] }],
    ['\\{a', { prefix: { tag: '{a' } }],
  ])('%j is %j', (input, expected) => {
    expect(json(input)).toEqual(expected)
  })

  it.each<[string | string[], string]>([
    ['{"exact":', 'is not valid'],
    ['{"exact":{"tag":"a","tag":"b"}}', 'is not valid'],
    ['{a,b}/c', 'a tag that begins with { is written \\{'],
    [['a', '{"kind":1}'], 'stands alone'],
    ['!{"kind":1}', '{"not": …}'],
  ])('is never taken for a tag: %j is refused', (input, message) => {
    expect(refusal(input)).toMatchObject({
      code: 'TCN_FILTER_SYNTAX',
      message: expect.stringContaining(message),
    })
  })

  it('is refused when it is too long to be read in one turn', () => {
    const long = `{"exact":{"tag":"${'a'.repeat(256 * 1024)}"}}`
    expect(refusal(long).code).toBe('TCN_FILTER_PATTERN_TOO_LONG')
  })
})

describe('a filter that asks for too much', () => {
  const nested = (depth: number): FilterInput =>
    Array.from({ length: depth }).reduce<FilterInput>((inner) => ({ not: inner }), { kind: 4 })

  it('is refused when it nests deeper than 16', () => {
    expect(json(nested(16))).toEqual({ kind: 4 })
    expect(refusal(nested(17)).code).toBe('TCN_FILTER_TOO_COMPLEX')
    expect(refusal(nested(100_000)).code).toBe('TCN_FILTER_TOO_COMPLEX')
  })

  it('is refused when it has too many parts, wherever they are', () => {
    const many = (count: number) => Array.from({ length: count }, (_, n) => ({ kind: n }))
    expect(parseFilter({ any: many(255) })).toBeDefined()
    expect(refusal({ any: many(256) }).code).toBe('TCN_FILTER_TOO_COMPLEX')
    expect(refusal({ any: many(1e6) }).code).toBe('TCN_FILTER_TOO_COMPLEX')
    expect(refusal({ any: [{ all: many(128) }, { all: many(128) }] }).code).toBe('TCN_FILTER_TOO_COMPLEX')
    const fields = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`data.a${n}`, 1]))
    expect(refusal({ exact: fields }).code).toBe('TCN_FILTER_TOO_COMPLEX')
  })

  it('is refused when the time for each event adds up', () => {
    const regexes = (count: number) =>
      Array.from({ length: count }, (_, n) => ({ regex: { tag: `a.*b${n}` } }))
    expect(parseFilter({ any: regexes(15) })).toBeDefined()
    expect(refusal({ any: regexes(25) })).toMatchObject({ code: 'TCN_FILTER_TOO_COMPLEX' })
    const globs = Array.from({ length: 100 }, (_, n) => `*${'a'.repeat(240)}*${n}`)
    expect(refusal(globs)).toMatchObject({ code: 'TCN_FILTER_TOO_COMPLEX' })
  })
})
