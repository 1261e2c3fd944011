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
