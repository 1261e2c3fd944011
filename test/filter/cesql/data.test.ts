import { describe, expect, it, vi } from 'vitest'
import { globSteps } from '../../../src/filter/fnmatch.js'
import {
  compileFilter,
  explainEvent,
  explainFilter,
  FilterLimits,
  filterKey,
  parseFilter,
  parsePermission,
  withCondition,
} from '../../../src/filter/index.js'
import { frameAt, type TestEvent } from '../frames.js'
import { options, usual } from './events.js'

function matches(sql: string, event: Partial<TestEvent>): boolean {
  const { bytes, at } = frameAt({ ...usual, ...event })
  return compileFilter(parseFilter({ sql }), options).matches(bytes, at)
}

describe('times in SQL conditions', () => {
  const data = { at: '2026-11-21T13:30:00Z', zoned: '2026-11-21T14:30:00.5+01:00', word: 'noon', n: 5 }

  it.each([
    [`data.at >= '2026-11-21T13:30:00Z'`, true],
    [`data.at > '2026-11-21T14:29:59+01:00'`, true],
    [`data.at < '2026-11-21T14:29:59+01:00'`, false],
    [`data.at <= '2026-11-21T13:30Z'`, true],
    ['data.zoned > data.at', true],
    ['data.zoned <= data.at', false],
    [`'2026-11-21T13:00:00Z' < data.at`, true],
    [`time >= '1970-01-01T00:00:00Z'`, true],
    [`time < '1970-01-01T00:00:00Z'`, false],
    // These are no times with a zone.
    [`data.at >= '2026-11-21'`, false],
    [`data.at >= '2026-11-21T13:00:00'`, false],
    [`data.at >= '2026-02-30T13:00:00Z'`, false],
    [`data.word >= '2026-11-21T13:30:00Z'`, false],
    [`data.n >= '2026-11-21T13:30:00Z'`, false],
    ['data.at >= 5', false],
    // Equality is that of texts.
    [`data.at = '2026-11-21T13:30:00+00:00'`, false],
  ])('%s gives %s', (sql, expected) => {
    expect(matches(sql, { data })).toBe(expected)
  })
})

describe('SQL conditions on the body', () => {
  const data = {
    retcode: 1,
    name: 'web1',
    ok: true,
    load: 1.5,
    bytes: 2n ** 40n,
    huge: 2n ** 60n,
    nothing: null,
    list: ['a', { b: 7 }],
    'a-b': { 'c.d': 'x' },
    raw: new Uint8Array([1]),
    text: '5',
    long: 'x'.repeat(70_000),
    medium: 'x'.repeat(5000),
  }

  it.each([
    ['data.retcode <> 0', true],
    ['data.retcode = 1', true],
    [`data.retcode = '1'`, true],
    ['data.retcode', false],
    ['BOOL(data.retcode)', true],
    ['data.ok', true],
    ['data.ok AND TRUE', true],
    ['NOT data.ok', false],
    ['data.ok = TRUE', true],
    [`data.name = 'web1'`, true],
    [`data.name <> 'web2'`, true],
    [`data.name LIKE 'web_'`, true],
    [`data.name NOT LIKE 'db%'`, true],
    [`data.name IN ('web1', 'web2')`, true],
    ['data.retcode IN (1, 2)', true],
    ['data.retcode NOT IN (1, 2)', false],
    ['data.text = 5', true],
    ['data.text + 1 = 6', true],
    ['data.name = 5', false],
    ['data.name <> 5', false],
    ['data.list.0', false],
    [`data.list.0 = 'a'`, true],
    ['data.list.1.b > 6', true],
    [`data.'a-b'.'c.d' = 'x'`, true],
    ['EXISTS data', true],
    ['EXISTS data.retcode', true],
    ['EXISTS data.nothing', false],
    ['EXISTS data.list', true],
    ['EXISTS data.retcode.x', false],
    ['data.missing = 1', false],
    ['data.missing <> 1', false],
    ['NOT (data.missing = 1)', false],
    ['data.missing = 1 OR TRUE', false],
    ['EXISTS data.missing AND data.missing = 1 OR data.retcode = 1', true],
    ['data.nothing = 0', false],
  ])('%s is %s', (sql, expected) => {
    expect(matches(sql, { data })).toBe(expected)
  })

  it.each([
    ['data.load > 1', true],
    ['data.load > 1.25', true],
    ['data.load = 1.5', true],
    [`data.load = '1.5'`, true],
    ['data.load + 1 > 2', false],
    ['IS_INT(data.load)', false],
    ['data.bytes > 4000000000.0', true],
    ['data.bytes > 2147483647', true],
    ['data.bytes = 1099511627776.0', true],
    ['data.bytes / 2 > 1', false],
    ['data.huge > data.bytes', true],
    [`data.huge = '1152921504606846976'`, true],
  ])('%s, with numbers that are not 32-bit integers, is %s', (sql, expected) => {
    expect(matches(sql, { data })).toBe(expected)
  })

  it.each([
    `data.raw = ''`,
    `data.list LIKE '%'`,
    'data.list = 0',
    `data.long LIKE 'x%'`,
    `data.long <> 'x'`,
    `data.medium NOT LIKE 'a_b'`,
  ])('%s fails, because the value is missing or too long', (sql) => {
    expect(matches(sql, { data })).toBe(false)
    expect(matches(`NOT (${sql})`, { data })).toBe(false)
  })
})

describe('an SQL condition in the index', () => {
  it.each([
    [`tag LIKE 'salt/job/%' AND data.retcode <> 0`, 'narrows', ['salt/job/']],
    [`data.retcode <> 0 AND subject = 'salt/auth'`, 'narrows', ['salt/auth']],
    [`tag LIKE 'salt/job/%'`, 'decides', ['salt/job/']],
    [`tag IN ('a', 'b')`, 'narrows', ['a', 'b']],
    [`(tag LIKE 'a/%' AND data.x = 1) OR (tag LIKE 'b/%' AND data.y = 2)`, 'narrows', ['a/', 'b/']],
    [`data.x = 1 OR tag LIKE 'a/%'`, 'none', undefined],
    [`tag LIKE '%/x'`, 'none', undefined],
    [`NOT (tag LIKE 'a%')`, 'none', undefined],
    [String.raw`tag LIKE 'a\_b%c'`, 'narrows', ['a_b']],
  ])('%s: the index %s', (sql, use, prefixes) => {
    expect(explainFilter(parseFilter({ sql })).index).toEqual({ use, ...(prefixes && { prefixes }) })
  })

  it('is the same filter as an equivalent one in another dialect', () => {
    expect(filterKey(parseFilter({ sql: `subject LIKE 'salt/%'` }))).toBe(filterKey(parseFilter('salt/')))
    expect(filterKey(parseFilter({ sql: `type = 'x' AND source LIKE '%/b'` }))).toBe(
      filterKey(parseFilter({ all: [{ exact: { type: 'x' } }, { suffix: { source: '/b' } }] })),
    )
  })

  it('keeps conditions without an equivalent as canonical SQL', () => {
    expect(filterKey(parseFilter({ sql: 'data.a!=1 or (not data."b c")' }))).toBe(
      `{"sql":"data.a <> 1 OR NOT data.'b c'"}`,
    )
  })
})

describe('an SQL condition beside other filters', () => {
  it('can be a permission', () => {
    const right = compileFilter(parsePermission([{ sql: `tag LIKE 'a/%' AND data.open` }], 'see'), options)
    const { bytes, at } = frameAt({ ...usual, data: { open: true } })
    const shut = frameAt({ ...usual, data: {} })
    expect(right.matches(bytes, at)).toBe(true)
    expect(right.matches(shut.bytes, shut.at)).toBe(false)
  })

  it('combines with patterns as a further condition', () => {
    expect(withCondition(['a/*/c', '!b'], 'data.x = 1')).toEqual({
      all: [{ all: [{ glob: { tag: 'a/*/c' } }, { not: { prefix: { tag: 'b' } } }] }, { sql: 'data.x = 1' }],
    })
    expect(withCondition(undefined, 'data.x = 1')).toEqual({ sql: 'data.x = 1' })
  })
})

describe('the explanation of an SQL condition', () => {
  const explained = (sql: string, data: unknown) => {
    const { bytes, at } = frameAt({ ...usual, data })
    return explainEvent(parseFilter({ sql }), bytes, at, options)
  }

  it('shows how it was read, with the necessary parentheses', () => {
    const loose = explainFilter(parseFilter({ sql: 'data.a = 1 or data.b = 2 xor not data.c = 3' }))
    expect(loose.text).toContain('(data.a = 1 OR data.b = 2) XOR (NOT data.c) = 3')
    const { text } = explainFilter(parseFilter({ sql: `tag LIKE 'a/%' AND (data.x = 1 OR data.y = 2)` }))
    expect(text.split('\n').slice(0, 3)).toEqual([
      'all of',
      '  tag begins with "a/"',
      '  data.x = 1 OR data.y = 2',
    ])
  })

  it.each<[string, unknown, string]>([
    [`tag LIKE 'a/%' AND data.x = 1`, { x: 2 }, 'data.x = 1, but data.x is 2'],
    ['data.x = 1 AND tag = "b"', { x: 1 }, 'tag is "b", but "a/b"'],
    ['data.x = 1', {}, 'data.x = 1, but data.x is missing'],
    ['data.x > 1', { x: 'abc' }, 'data.x > 1, but data.x is not of the type that is needed, data.x is "abc"'],
    [
      '1 / data.x > 1',
      { x: 0 },
      '1 / data.x > 1, but 1 / data.x is beyond 32 bits or divided by zero, data.x is 0',
    ],
    ['data.x', { x: 5 }, 'data.x, but data.x is 5, it gives 5, not true or false'],
  ])('%s of %j: reports which clause failed', (sql, data, failed) => {
    expect(explained(sql, data)).toMatchObject({ matches: false, failed })
  })
})

describe('a hostile SQL condition', () => {
  it.each<[string, string, string]>([
    ['deep parentheses', `${'('.repeat(65)}TRUE${')'.repeat(65)}`, 'TCN_FILTER_TOO_COMPLEX'],
    ['many NOT', `${'NOT '.repeat(200)}TRUE`, 'TCN_FILTER_TOO_COMPLEX'],
    ['many signs', `${'-'.repeat(2000)}x = 1`, 'TCN_FILTER_TOO_COMPLEX'],
    ['deep functions', `${'LOWER('.repeat(100)}'a'${')'.repeat(100)} = 'a'`, 'TCN_FILTER_TOO_COMPLEX'],
    ['a huge list', `data.x IN (${Array.from({ length: 600 }, (_, i) => i)})`, 'TCN_FILTER_TOO_COMPLEX'],
    [
      'many fields',
      Array.from({ length: 120 }, (_, i) => `data.x${i} = 1`).join(' AND '),
      'TCN_FILTER_TOO_COMPLEX',
    ],
    ['a long text', `data.x = '${'a'.repeat(5000)}'`, 'TCN_FILTER_PATTERN_TOO_LONG'],
    ['a long pattern', `data.x LIKE '${'%a'.repeat(200)}'`, 'TCN_FILTER_PATTERN_TOO_LONG'],
    ['many keys', `data${'.a'.repeat(17)} = 1`, 'TCN_FILTER_SYNTAX'],
    ['half a surrogate pair', `data.x = '\ud800'`, 'TCN_FILTER_SYNTAX'],
  ])('is refused: %s', (_, sql, code) => {
    expect(() => parseFilter({ sql })).toThrow(expect.objectContaining({ code }))
  })

  it('is refused if all expressions of a filter together are too large', () => {
    const sql = Array.from({ length: 60 }, (_, i) => `tag = 'a${i}'`).join(' OR ')
    expect(() => parseFilter({ any: [{ sql }, { sql }] })).not.toThrow()
    expect(() => parseFilter({ any: [{ sql }, { sql }, { sql }] })).toThrow(
      expect.objectContaining({ code: 'TCN_FILTER_TOO_COMPLEX' }),
    )
  })

  it('stays within the limits of the JSON form when it is written out and read again', () => {
    const deep = Array.from({ length: 40 }, (_, i) => `tag = 'a${i}' ${i % 2 ? 'AND' : 'OR'}`).join(' ')
    const filter = parseFilter({ sql: `${deep} tag = 'b'` })
    expect(filterKey(parseFilter(JSON.parse(filterKey(filter))))).toBe(filterKey(filter))
  })

  it('with a pattern of many % takes a number of steps proportional to text and pattern', async () => {
    const pattern = `${'%a'.repeat(100)}%b`
    const { likeTerm } = await import('../../../src/filter/cesql/like.js')
    const { compileGlob } = await import('../../../src/filter/fnmatch.js')
    const term = likeTerm(pattern)
    expect(term.op).toBe('glob')
    const text = new TextEncoder().encode('a'.repeat(FilterLimits.patternedBytes))
    const steps = Math.abs(globSteps(compileGlob(term.text), text, 0, text.length))
    expect(steps).toBeLessThan((text.length + 1) * (pattern.length + 2))
  })

  it('makes no text longer than the limit', () => {
    const data = { x: 'x'.repeat(FilterLimits.searchedBytes / 2) }
    expect(matches(`LENGTH(CONCAT(data.x, data.x)) = ${FilterLimits.searchedBytes}`, { data })).toBe(true)
    expect(matches(`LENGTH(CONCAT(data.x, data.x, 'a')) >= 0`, { data })).toBe(false)
  })

  it('is refused if its calls could take long on long texts', () => {
    const calls = (count: number) =>
      Array.from({ length: count }, (_, i) => `UPPER(CONCAT(data.a, data.b)) = '${i}'`).join(' OR ')
    expect(() => parseFilter({ sql: calls(4) })).not.toThrow()
    expect(() => parseFilter({ sql: calls(12) })).toThrow(
      expect.objectContaining({ code: 'TCN_FILTER_TOO_COMPLEX' }),
    )
  })

  it('costs more if a field of the body must be decoded', () => {
    const points = (sql: string) => explainFilter(parseFilter({ sql })).cost.points
    expect(points('data.a = data.b')).toBeGreaterThan(3 * points(`data.a = 'b'`))
  })

  it.each([
    ['data.x = 1', false],
    ['NOT (data.x = 1)', false],
    ['data.x < 1', false],
    ['data.x = TRUE', false],
    ['data.x <> FALSE', false],
    ['data.x IN (1, 2)', false],
    ['data.x NOT IN (1, 2)', true],
  ])('compares a long text with numbers and booleans without decoding it: %s', (sql, expected) => {
    const decode = vi.spyOn(TextDecoder.prototype, 'decode')
    const answers = [100, FilterLimits.searchedBytes].map((length) => {
      const { bytes, at } = frameAt({ ...usual, data: { x: 'é'.repeat(length / 2) } })
      const matcher = compileFilter(parseFilter({ sql }), options)
      decode.mockClear()
      const answer = matcher.matches(bytes, at)
      expect(decode).not.toHaveBeenCalled()
      return answer
    })
    decode.mockRestore()
    expect(answers).toEqual([expected, expected])
    expect(matches(sql, { data: { x: 'x'.repeat(FilterLimits.searchedBytes + 1) } })).toBe(false)
  })

  it('removes ASCII white space without a regular expression for each character', () => {
    const test = vi.spyOn(RegExp.prototype, 'test')
    const data = { x: ' '.repeat(1000) }
    expect(matches(`TRIM(data.x) = ''`, { data })).toBe(true)
    const { length } = test.mock.calls
    test.mockRestore()
    expect(length).toBeLessThan(100)
  })
})
