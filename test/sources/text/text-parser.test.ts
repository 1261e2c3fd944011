import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { severityOfValue } from '../../../src/event/severity.js'
import { parseConfig } from '../../../src/sources/text/config.js'
import { TextParser } from '../../../src/sources/text/text-parser.js'

const now = Date.parse('2026-11-21T03:00:00Z') * 1000
const parser = (config: z.input<typeof parseConfig>) => new TextParser(parseConfig.parse(config))
const parse = (config: z.input<typeof parseConfig>, line: string) => parser(config).parse(line, now)

describe('a line of JSON', () => {
  it('gives time, severity and text under their common names, and the rest as fields', () => {
    const line = '{"ts":"2026-11-21T02:54:26Z","level":"WARN","msg":"slow","ms":250,"user":{"id":7}}'
    expect(parse('json', line)).toEqual({
      time: '2026-11-21T02:54:26.000000Z',
      severity: 'warning',
      message: 'slow',
      fields: { ms: 250, user: { id: 7 } },
    })
  })

  it('keeps a field whose value is not what its name says', () => {
    expect(parse('json', '{"time":"soon","level":{"a":1},"msg":3}')).toEqual({
      fields: { time: 'soon', level: { a: 1 }, msg: 3 },
    })
  })

  it('reads the fields that the configuration names, and no others', () => {
    const line = '{"when":1763693666,"sev":"E","what":"x","level":"info"}'
    expect(parse({ as: 'json', time: 'when', severity: 'sev', message: 'what' }, line)).toEqual({
      time: '2025-11-21T02:54:26.000000Z',
      severity: 'err',
      message: 'x',
      fields: { level: 'info' },
    })
  })

  it.each(['', 'text', '[1]', '{', '{"a":1}x', '{"a":1,"a":2}', `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`])(
    'that is %j is left as text, and counted',
    (line) => {
      const json = parser('json')
      expect(json.parse(line, now)).toBeUndefined()
      expect(json.unparsed).toBe(1)
    },
  )

  it('that names __proto__ changes nothing but its own fields', () => {
    const fields = parse('json', '{"__proto__":{"evil":1},"a":2}')?.fields
    expect(Object.keys(fields ?? {})).toContain('a')
    expect(({} as { evil?: number }).evil).toBeUndefined()
  })
})

describe('a line of logfmt', () => {
  it('is read with quotes, escapes, empty values and bare words', () => {
    expect(parse('logfmt', 'level=info msg="disk \\"sda\\" full\\n" retry dur=3ms empty= id=007')).toEqual({
      severity: 'info',
      message: 'disk "sda" full\n',
      fields: { retry: true, dur: '3ms', empty: '', id: '007' },
    })
  })

  it.each(['', 'plain text', 'plain a=b', 'a="b', 'a=b c=d"e', '=x'])(
    'that is %j is left as text',
    (line) => {
      expect(parse('logfmt', line)).toBeUndefined()
    },
  )

  it('is read back as it was written', () => {
    const key = fc.stringMatching(/^[a-z_.]{1,12}$/).map((name) => `k${name}`)
    const fields = fc.dictionary(key, fc.string(), { minKeys: 1, maxKeys: 20 })
    fc.assert(
      fc.property(fields, (given) => {
        const line = Object.entries(given)
          .map(([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`)
          .join(' ')
        expect(parse('logfmt', line)).toEqual({ fields: { ...given } })
      }),
    )
  })
})

describe('a line of an access log', () => {
  it('is read in the combined format', () => {
    const line =
      '192.0.2.7 - bob [21/Nov/2026:02:54:26 +0100] "GET /a?b=\\"c\\" HTTP/1.1" 503 162 "https://x/" "curl/8" "-"'
    expect(parse('access', line)).toEqual({
      time: '2026-11-21T01:54:26.000000Z',
      severity: 'err',
      message: 'GET /a?b=\\"c\\" HTTP/1.1 503',
      fields: {
        remote: '192.0.2.7',
        user: 'bob',
        method: 'GET',
        path: '/a?b=\\"c\\"',
        protocol: 'HTTP/1.1',
        status: 503,
        bytes: 162,
        referer: 'https://x/',
        agent: 'curl/8',
        rest: '"-"',
      },
    })
  })

  it('is read in the common format, also with a request that is none', () => {
    const line = '::1 - - [21/Nov/2026:02:54:26 +0000] "-" 400 -'
    expect(parse('access', line)).toMatchObject({ severity: 'warning', fields: { status: 400, bytes: 0 } })
  })
})

describe('a line of a syslog daemon', () => {
  it.each(['Nov 21 02:54:26 vm demo[432]: text', '2026-11-21T02:54:26.000000+00:00 vm demo[432]: text'])(
    'is read: %s',
    (line) => {
      expect(parse({ as: 'syslog', zone: 'UTC' }, line)).toEqual({
        time: '2026-11-21T02:54:26.000000Z',
        message: 'text',
        fields: { host: 'vm', app: 'demo', pid: '432' },
      })
    },
  )

  it('without a time is left as text', () => {
    expect(parse('syslog', 'just words: here')).toBeUndefined()
  })
})

describe('a line that a pattern matches', () => {
  it('has the named groups as fields', () => {
    const pattern = '^(?<ts>\\S+ \\S+) \\[(?P<level>\\w+)\\] (?<module>\\w+)(?: id=(?<id>\\d+))?: (?<msg>.*)$'
    expect(parse({ pattern, zone: '+01:00' }, '2026-11-21 02:54:26 [error] http: down')).toEqual({
      time: '2026-11-21T01:54:26.000000Z',
      severity: 'err',
      message: 'down',
      fields: { module: 'http' },
    })
  })

  it('is refused in the configuration if the pattern could take long, or is wrong', () => {
    expect(() => parser({ pattern: '(?=x)' })).toThrow('look-ahead is not supported')
    expect(() => parser({ pattern: '(' })).toThrow()
    expect(() => parser({})).toThrow('has either `as` or `pattern`')
    expect(() => parser({ as: 'json', pattern: 'x' })).toThrow('has either `as` or `pattern`')
    expect(() => parser({ as: 'json', zone: 'Mars' })).toThrow('Europe/Berlin')
  })
})

it('any line in any format is read or left, but never an error', () => {
  const parsers = [
    parser('json'),
    parser('logfmt'),
    parser('access'),
    parser('syslog'),
    parser({ pattern: '(?<a>.)' }),
  ]
  const line = fc.oneof(fc.string(), fc.json(), fc.stringMatching(/^[<\d> :\]["=a-z\\]{0,60}$/))
  fc.assert(
    fc.property(line, (text) => {
      for (const each of parsers) {
        const parsed = each.parse(text, now)
        if (parsed === undefined) continue
        const known = ['time', 'severity', 'message', 'fields']
        expect(Object.keys(parsed).every((key) => known.includes(key))).toBe(true)
      }
    }),
  )
})

it.each([
  ['WARNING', 'warning'],
  ['Err', 'err'],
  ['fatal', 'crit'],
  [' trace ', 'debug'],
  [3, 'err'],
  ['6', 'info'],
  [30, 'info'],
  [50, 'err'],
  [60, 'crit'],
  ['constructor', undefined],
  [8, undefined],
  [-1, undefined],
  [1.5, undefined],
  [null, undefined],
])('the severity %j is %s', (value, expected) => {
  expect(severityOfValue(value)).toBe(expected)
})

describe('several ways to read lines', () => {
  it('are tried in order, and the first that understands a line counts', () => {
    const several = parser(['json', { as: 'keyvalue', types: { n: 'int' } }, 'syslog'])
    expect(several.read('{"a":1}', now)).toMatchObject({ by: 0, parsed: { fields: { a: 1 } } })
    expect(several.read('a=b n=7', now)).toMatchObject({ by: 1, parsed: { fields: { a: 'b', n: 7 } } })
    expect(several.read('Nov 21 02:54:26 vm demo: text', now)).toMatchObject({ by: 2 })
    expect(several.read('nothing', now)).toBeUndefined()
    expect(several.details()).toEqual({ unparsed: 1, parsed: [1, 1, 1], unconverted: 0 })
  })

  it('keep the line if the one that has read it says so', () => {
    const several = parser([{ as: 'json', keepLine: true }, 'keyvalue'])
    expect(several.read('{"a":1}', now)?.keepsLine).toBe(true)
    expect(several.read('a=1', now)?.keepsLine).toBe(false)
  })

  it('are for programs that the source knows', () => {
    const several = parser([{ as: 'json', program: ['app', 'web-*'] }])
    expect(several.parse('{"a":1}', now, { program: 'app' })).toEqual({ fields: { a: 1 } })
    expect(several.parse('{"a":1}', now, { program: 'web-1' })).toEqual({ fields: { a: 1 } })
    expect(several.parse('{"a":1}', now, { program: 'application' })).toBeUndefined()
    expect(several.parse('{"a":1}', now, { program: '' })).toBeUndefined()
    expect(several.unparsed).toBe(0)
    several.parse('text', now, { program: 'app' })
    expect(several.unparsed).toBe(1)
  })

  it('are for programs that the header of syslog names, whose time, host and process stay', () => {
    const several = parser([
      { as: 'json', program: 'demo', zone: 'UTC' },
      { as: 'syslog', zone: 'UTC' },
    ])
    const line = 'Nov 21 02:54:26 vm demo[432]: {"msg":"down","time":"2020-01-01T00:00:00Z","pid":1,"n":2}'
    expect(several.read(line, now)).toMatchObject({ by: 0 })
    expect(several.parse(line, now)).toEqual({
      time: '2026-11-21T02:54:26.000000Z',
      message: 'down',
      fields: { host: 'vm', app: 'demo', pid: '432', time: '2020-01-01T00:00:00Z', n: 2, own: { pid: 1 } },
    })
    expect(several.read('Nov 21 02:54:26 vm demo[432]: text', now)).toMatchObject({ by: 1 })
    expect(several.read('Nov 21 02:54:26 vm other[432]: {"a":1}', now)).toMatchObject({ by: 1 })
  })
})

describe('a line of csv', () => {
  it('has the names of its columns', () => {
    const columns = ['when', 'level', 'user', 'msg']
    const csv = { as: 'csv' as const, columns, time: 'when', separator: ';' }
    expect(parse(csv, '2026-11-21 02:54:26;warn;"bob; jr";slow')).toEqual({
      time: expect.any(String),
      severity: 'warning',
      message: 'slow',
      fields: { user: 'bob; jr' },
    })
  })

  it('with more or fewer values than columns is left as text', () => {
    const csv = parser({ as: 'csv', columns: ['a', 'b'] })
    for (const line of ['1', '1,2,3', '"1,2', '']) expect(csv.parse(line, now)).toBeUndefined()
    expect(csv.unparsed).toBe(4)
  })

  it('has the names that the first line of its stream says', () => {
    const csv = parser({ as: 'csv', header: true })
    const read = (line: string, stream: string, isFirst = false, first?: string) =>
      csv.parse(line, now, { place: { stream, isFirst, first: () => first } })?.fields
    expect(read('\uFEFFa, b,', '1', true)).toBeUndefined()
    expect(read('1,2,3', '1')).toEqual({ a: '1', b: '2', column3: '3' })
    expect(read('1,2', '2', false, 'x,y')).toEqual({ x: '1', y: '2' })
    expect(read('1,2', '3', true)).toBeUndefined()
    expect(csv.unparsed).toBe(0)
    expect(read('1,2', '4')).toBeUndefined()
    expect(read('1,2', '5', false, 'a,a')).toBeUndefined()
    expect(csv.unparsed).toBe(2)
  })
})

describe('a line of cef', () => {
  it('has its time, severity and text', () => {
    const line = 'CEF:0|a|b|1|7|Login failed|8|rt=1763693666000 msg=for bob suser=bob'
    expect(parse('cef', line)).toEqual({
      time: '2025-11-21T02:54:26.000000Z',
      severity: 'err',
      message: 'for bob',
      fields: {
        ...{ cef: '0', vendor: 'a', product: 'b', productVersion: '1', signature: '7' },
        ...{ name: 'Login failed', level: '8', suser: 'bob' },
      },
    })
  })

  it('may come after a header of syslog', () => {
    const line = '<134>Nov 21 02:54:26 fw1 CEF:0|a|b|1|7|Blocked|4|act=drop'
    expect(parse({ as: 'cef', zone: 'UTC' }, line)).toMatchObject({
      time: '2026-11-21T02:54:26.000000Z',
      severity: 'warning',
      message: 'Blocked',
      fields: { host: 'fw1', act: 'drop' },
    })
  })
})

describe('pairs with separators of their own', () => {
  it('have the text beside them as message', () => {
    expect(parse('keyvalue', 'Login failed user=bob level=warn')).toEqual({
      severity: 'warning',
      message: 'Login failed',
      fields: { user: 'bob' },
    })
    expect(parse('keyvalue', 'UFW: msg=no a=1')).toEqual({ message: 'no', fields: { text: 'UFW:', a: '1' } })
  })
})

describe('a field with a type', () => {
  const types = { i: 'int', n: 'number', b: 'bool', at: 'time', s: 'text', 'a.b': 'int' } as const
  const convert = (fields: object) =>
    parser({ as: 'json', types, zone: 'UTC' }).read(JSON.stringify(fields), now)

  it('is converted', () => {
    const read = convert({
      i: '-7',
      n: ' 2.5e3',
      b: 'Yes',
      at: '2026-11-21 02:54:26',
      s: 5,
      a: { b: '1' },
      x: '1',
    })
    expect(read?.parsed.fields).toEqual({
      ...{ i: -7, n: 2500, b: true, at: '2026-11-21T02:54:26.000000Z', s: '5', a: { b: 1 }, x: '1' },
    })
    expect(read?.unconverted).toEqual([])
  })

  it('that cannot be converted stays what it is, and is counted', () => {
    const fields = { i: '9007199254740993', n: '1e999', b: 'maybe', at: 'soon', s: { a: 1 }, a: { b: '1.5' } }
    const read = convert(fields)
    expect(read?.parsed.fields).toEqual(fields)
    expect(read?.unconverted).toEqual(['i', 'n', 'b', 'at', 's', 'a.b'])
  })

  it('that is missing or empty is no fault', () => {
    expect(convert({ i: '', n: null })).toMatchObject({
      unconverted: [],
      parsed: { fields: { i: '', n: null } },
    })
  })

  it('never becomes a number that is not finite', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { n = 0, i = 0 } = convert({ n: text, i: text })?.parsed.fields ?? {}
        for (const value of [n, i]) if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true)
      }),
    )
  })
})

it.each([
  [{ as: 'csv' }, 'columns'],
  [{ as: 'csv', columns: ['a'], header: true }, 'needs either'],
  [{ as: 'csv', columns: ['a', 'a'] }, 'different names'],
  [{ as: 'json', separator: ';' }, 'csv and keyvalue'],
  [{ as: 'csv', columns: ['a'], equals: ':' }, 'for keyvalue'],
  [{ as: 'keyvalue', separator: '=' }, 'different texts'],
  [{ as: 'keyvalue', separator: '  ' }, 'must be a blank'],
  [{ as: 'json', types: { a: 'date' } }, 'int'],
  [[], 'too_small'],
])('the configuration %j is refused', (config, words) => {
  expect(() => parseConfig.parse(config)).toThrow(words)
})
