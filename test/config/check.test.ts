import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { principalsConfig } from '../../src/access/config.js'
import { parseConfig } from '../../src/config/load.js'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import { limitsConfig } from '../../src/hub/config/keys.js'
import { listenConfig } from '../../src/hub/config/listen.js'
import { logConfig } from '../../src/log/config.js'

const schema = z.strictObject({
  log: logConfig.prefault({}),
  limits: limitsConfig.prefault({}),
  listen: listenConfig.prefault({}),
  principals: principalsConfig().default({}),
})

const parse = (text: string) => parseConfig(schema, text, 'tocsin.yaml')

function problem(text: string): string {
  return failure(text).message
}

function failure(text: string): TocsinError {
  try {
    parse(text)
  } catch (error) {
    if (TocsinError.is(error)) return error
    throw error
  }
  throw new Error('the configuration was taken')
}

describe('defaults', () => {
  it('are there for everything: no file is needed', () => {
    const config = parse('')
    expect(config.log).toEqual({
      engine: 'lmdb',
      retention: { age: 7 * 86400_000, bytes: 10 * 2 ** 30, whenFull: 'forwarded' },
      segment: { age: 86400_000 },
      compression: 'auto',
      index: 'auto',
      ring: 16 * 2 ** 20,
    })
    expect(config.listen).toMatchObject({ unix: [{ principal: 'admin' }] })
    expect(config.limits).toMatchObject({ frame: 16 * 2 ** 20, queue: 4 * 2 ** 20, gateDeadline: 120_000 })
    expect(config.principals).toEqual({})
  })

  it('fill in what a section leaves out', () => {
    expect(parse('log:\n  retention:\n    age: 12h\n').log.retention).toEqual({
      age: 12 * 3600_000,
      bytes: 10 * 2 ** 30,
      whenFull: 'forwarded',
    })
  })

  it('stand for a key without a value, such as one whose lines are commented out', () => {
    expect(parse('log:\n#  engine: memory\nlimits:\n  frame:\n').log.engine).toBe('lmdb')
  })
})

describe('values', () => {
  it('turn sizes into bytes, durations into ms and off into nothing', () => {
    const { retention } = parse('log: { retention: { age: off, bytes: 500MB, count: 1000 } }').log
    expect(retention).toEqual({ age: undefined, bytes: 500e6, count: 1000, whenFull: 'forwarded' })
  })

  it('of rights are everything, prefixes, filters in JSON form, or lists of them', () => {
    const config = parse(`
principals:
  boss: '*'
  reader:
    see: salt/
    consume: [billing]
  writer:
    publish: [app/, { exact: { source: app } }]
    see: '*'
    gate: { prefix: { tag: app/ } }
`)
    expect(config.principals).toEqual({
      boss: '*',
      reader: {
        publish: [],
        see: ['salt/'],
        produce: [],
        gate: [],
        consume: ['billing'],
        run: [],
        ask: [],
        monitor: false,
        admin: false,
      },
      writer: {
        publish: ['app/', { exact: { source: 'app' } }],
        see: '*',
        produce: [],
        gate: [{ prefix: { tag: 'app/' } }],
        consume: [],
        run: [],
        ask: [],
        monitor: false,
        admin: false,
      },
    })
  })
})

describe('an error', () => {
  it('names file, line, column and key', () => {
    const error = failure('log:\n  retention:\n    age: soon\n')
    expect(error.code).toBe('TCN_CONFIG_INVALID')
    expect(error.message).toBe(
      'tocsin.yaml:3:10: log.retention.age: must be a duration such as 30s (ms, s, m, h, d, w), or off',
    )
    expect(error.details).toEqual({
      file: 'tocsin.yaml',
      problems: [{ line: 3, column: 10, key: 'log.retention.age', message: expect.any(String) }],
    })
  })

  it('about an unknown key points at the key and names the nearest one', () => {
    expect(problem('log:\n  retension: {}\n')).toBe(
      'tocsin.yaml:2:3: log.retension: unknown key; did you mean "retention"?',
    )
    expect(problem('lsiten: {}')).toBe('tocsin.yaml:1:1: lsiten: unknown key; did you mean "listen"?')
  })

  it('about an unknown key without a similar one lists the existing keys', () => {
    expect(problem('log: { colour: red }')).toBe(
      'tocsin.yaml:1:8: log.colour: unknown key; known here: engine, retention, segment, compression, index, ring',
    )
  })

  it('about an unknown key names each existing key once, although several alternatives have it', () => {
    const either = z.strictObject({
      any: z.union([
        z.strictObject({ name: z.string(), lines: z.string() }),
        z.strictObject({ name: z.string(), folders: z.string() }),
      ]),
    })
    const text = 'any: { name: a, lines: b, zzz: 1 }'
    expect(() => parseConfig(either, text, 'tocsin.yaml')).toThrow('known here: name, lines, folders')
  })

  it('about a word names the nearest valid one', () => {
    expect(problem('log: { engine: lmbd }')).toBe(
      'tocsin.yaml:1:16: log.engine: must be "lmdb" or "memory" or "jetstream"; did you mean "lmdb"?',
    )
  })

  it('names the entry of a list', () => {
    expect(problem('listen:\n  unix:\n    - path: /run/a\n    - path: here\n')).toBe(
      'tocsin.yaml:4:13: listen.unix[1].path: must be an absolute path, or one that begins with ~/',
    )
  })

  it('within one of several forms is about the form that was meant', () => {
    expect(problem('principals:\n  bob:\n    se: []\n')).toBe(
      'tocsin.yaml:3:5: principals.bob.se: unknown key; did you mean "see"?',
    )
    expect(problem('principals:\n  bob: reader\n')).toBe(
      "tocsin.yaml:2:8: principals.bob: must be '*' or a map of rights",
    )
    expect(problem('principals:\n  bob: { see: [salt] }\n')).toMatch(
      /^tocsin.yaml:2:1\d: principals.bob.see.*ends in \//,
    )
  })

  it('about a name points at the name', () => {
    expect(problem('principals:\n  "a b": "*"\n')).toBe(
      'tocsin.yaml:2:3: principals."a b": a name is 1 to 64 letters, digits, dots, dashes and underscores',
    )
  })

  it('about a value out of bounds gives the bounds', () => {
    expect(problem('limits: { frame: 1GiB }')).toContain(
      'limits.frame: must be at least 1KiB and at most 64MiB',
    )
    expect(problem('limits: { producers: 0 }')).toContain('limits.producers: must be at least 1')
    expect(problem('limits: { producers: 1.5 }')).toContain('limits.producers: must be a whole number')
    expect(problem('limits: { producers: many }')).toContain('limits.producers: must be a number')
  })

  it('about a size without a unit explains the form of a size', () => {
    expect(problem('limits: { frame: 1000 }')).toContain('limits.frame: must be a size such as 64MiB')
  })

  it('about a socket path that is too long gives the limit', () => {
    expect(problem(`listen: { unix: [{ path: /${'x'.repeat(107)} }] }`)).toContain(
      'must be at most 107 bytes long',
    )
    expect(parse(`listen: { unix: [{ path: /${'x'.repeat(106)} }] }`).listen.unix).toHaveLength(1)
  })

  it('comes with all others of the file, in the order of their lines', () => {
    const error = failure('limits:\n  frame: big\nlog:\n  engine: sqlite\n  rign: 1MiB\n')
    expect(error.message.split('\n').map((line) => line.split(': ').slice(0, 2).join(' '))).toEqual([
      'tocsin.yaml:2:10 limits.frame',
      'tocsin.yaml:4:11 log.engine',
      'tocsin.yaml:5:3 log.rign',
    ])
  })

  it('is shown twenty times at most, and counted beyond', () => {
    const text = Array.from({ length: 30 }, (_, i) => `key${i}: 1`).join('\n')
    const error = failure(text)
    expect(error.message.split('\n')).toHaveLength(21)
    expect(error.message).toContain('… and 10 more')
  })

  it('names a file that does not contain a map', () => {
    expect(problem('- a\n- b\n')).toBe('tocsin.yaml:1:1: must be a map')
    expect(problem('just text')).toBe('tocsin.yaml:1:1: must be a map')
  })
})

describe('hostile or broken text', () => {
  it('a field without quotes is named, and not what the parser finds after it', () => {
    expect(problem(`log: { engine: \${data.engine}, ring: 1MiB }\nlimits: {}\n`)).toMatch(
      /^tocsin.yaml:1:17: .*; a text with \$\{…\} within braces or brackets needs quotes$/,
    )
  })

  it('that is not YAML is refused with line and column', () => {
    const error = failure('log:\n  engine: "lmdb\n')
    expect(error.code).toBe('TCN_CONFIG_SYNTAX')
    expect(error.message).toMatch(/^tocsin.yaml:\d+:\d+: /)
  })

  it('with a key twice is refused', () => {
    expect(failure('log: {}\nlog: {}\n').code).toBe('TCN_CONFIG_SYNTAX')
  })

  it('with an unknown tag is refused', () => {
    expect(failure('log: !!js/function "x"\n').code).toBe('TCN_CONFIG_SYNTAX')
  })

  it('with aliases that multiply is refused', () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) => `${'abcdefghi'[i + 1]}: &${'abcdefghi'[i + 1]} [${`*${'abcdefghi'[i]}, `.repeat(9)}]`,
    )
    const text = `a: &a [x, x, x, x, x, x, x, x, x]\n${levels.slice(0, 8).join('\n')}\n`
    expect(failure(text).code).toBe('TCN_CONFIG_SYNTAX')
  })

  it('nested very deeply is refused', () => {
    expect(failure('['.repeat(100_000)).code).toBe('TCN_CONFIG_SYNTAX')
  })

  it('cannot reach a prototype', () => {
    expect(problem('__proto__: { polluted: true }')).toContain('1:1: __proto__ is not allowed as a key')
    expect(problem('principals: { __proto__: "*" }')).toContain('__proto__')
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  it('of several documents is refused', () => {
    expect(failure('log: {}\n---\nlog: {}\n').code).toBe('TCN_CONFIG_SYNTAX')
  })
})
