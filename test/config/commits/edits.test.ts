import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { applyEdits, type Edit, valueAfter } from '../../../src/config/commits/edits.js'
import { parseKey } from '../../../src/config/commits/key.js'
import { APPEND, formatKey } from '../../../src/event/json/key-path.js'
import { randomFrom } from '../../fuzz/mutations.js'

const text = `# Our hub.
# Ask Ann first.

log:          # what we keep
    retention:
        age: 7d      # a week
        bytes: 10GiB
    # small ones
    segment: { bytes: 2MiB }

# Who may do what.
principals:
    deploy:
        publish: [deploy/]   # only its own
        see:
            # first
            - deploy/
            # second
            - host/

# the end
`

const set = (key: string, value: unknown): Edit => ({ path: parseKey(key), value })
const unset = (key: string): Edit => ({ path: parseKey(key), delete: true })

describe('an edit', () => {
  it('of a simple value changes only its characters', () => {
    expect(applyEdits(text, [set('log.retention.age', '30d')])).toBe(text.replace('7d', '30d'))
  })

  it('keeps a text that would be a number or a word of YAML as text', () => {
    const written = applyEdits(text, [set('log.retention.age', '17'), set('log.retention.bytes', 'true')])
    expect(parse(written).log.retention).toEqual({ age: '17', bytes: 'true' })
  })

  it('adds keys that are absent, also below others that are', () => {
    const written = applyEdits(text, [set('limits.http.body', '1MiB'), set('log.retention.count', 5)])
    expect(parse(written)).toMatchObject({
      limits: { http: { body: '1MiB' } },
      log: { retention: { age: '7d', bytes: '10GiB', count: 5 } },
    })
    for (const comment of commentsOf(text)) expect(written).toContain(comment)
  })

  it('begins a file that is empty, or has only comments', () => {
    expect(parse(applyEdits('', [set('listen.http', 'on')]))).toEqual({ listen: { http: 'on' } })
    const commented = applyEdits('# nothing yet\n', [set('salt[].bus', 'master')])
    expect(parse(commented)).toEqual({ salt: [{ bus: 'master' }] })
    expect(commented).toContain('# nothing yet')
    expect(parse(applyEdits('log:\n', [set('log.engine', 'memory')]))).toEqual({ log: { engine: 'memory' } })
  })

  it('changes, adds and removes entries of lists', () => {
    const see = 'principals.deploy.see'
    const written = applyEdits(text, [set(`${see}[0]`, 'a/'), set(`${see}[]`, 'z/'), unset(`${see}[1]`)])
    expect(parse(written).principals.deploy.see).toEqual(['a/', 'z/'])
    expect(written).toContain('# first')
  })

  it('deletes a key and what is below it', () => {
    const written = applyEdits(text, [unset('log')])
    expect(parse(written)).toEqual({ principals: parse(text).principals })
    expect(written).toContain('# Who may do what.')
    expect(written).toContain('# Our hub.')
  })

  it.each([
    ['that deletes what is not set', unset('log.engine'), /not set/],
    ['through a simple value', set('log.retention.age.x', 1), /log\.retention\.age is no map/],
    ['of an entry after the end of a list', set('principals.deploy.see[7]', 'a/'), /has 2 entries/],
    ['that takes a map for a list', set('log[0]', 1), /log is no list/],
  ])('%s is refused by name', (_, edit, message) => {
    expect(() => applyEdits(text, [edit])).toThrow(message)
  })

  it('of a value that other keys share is refused', () => {
    const shared = 'principals:\n  a: &x { see: [a/] }\n  b: *x\n'
    expect(() => applyEdits(shared, [set('principals.a.admin', true)])).toThrow(/anchor/)
    expect(() => applyEdits(shared, [set('principals.b.admin', true)])).toThrow(/anchor/)
    expect(() => applyEdits(shared, [unset('principals.a')])).toThrow(/principals\.a/)
    expect(parse(applyEdits(shared, [set('log.engine', 'memory')]))).toMatchObject({
      log: { engine: 'memory' },
    })
  })
})

describe('a key', () => {
  it.each(['log.retention.age', 'salt[0].bus', 'principals."a b".see[3]', 'a-b."x\\"y"'])(
    'is read as it is written: %s',
    (key) => expect(formatKey(parseKey(key))).toBe(key),
  )

  it('may name the place after the end of a list', () => {
    expect(parseKey('salt[]')).toEqual(['salt', APPEND])
  })

  it.each(['', '.', 'a.', 'a..b', '[0]', 'a[x]', 'a b', 'a[-1]', 'a'.concat('.a'.repeat(40))])(
    'that is none is refused: %s',
    (key) => expect(() => parseKey(key)).toThrow(expect.objectContaining({ code: 'TCN_CONFIG_EDIT' })),
  )
})

/** Comments of the text, each of which is different. */
function commentsOf(of: string): string[] {
  return [...of.matchAll(/# (.+)$/gm)].map(([comment]) => comment)
}

const seed = Number(process.env.CONFIG_SEED ?? Math.floor(Math.random() * 2 ** 32))

it('any edits keep the comments of all other keys, and give the expected content', () => {
  console.log(`edits: CONFIG_SEED=${seed}`)
  const below = randomFrom(seed)
  for (let round = 0; round < 300; round++) {
    const { text: original, keys } = randomFile(below)
    let written = original
    let expected: unknown = parse(original)
    const touched = new Set<string>()
    for (let n = 0; n < 1 + below(5); n++) {
      const key = keys[below(keys.length)]
      // A key below a deleted one is absent now.
      if (touched.has(key) || [...touched].some((each) => related(each, key))) continue
      touched.add(key)
      const edit = below(3) === 0 ? unset(key) : set(key, randomValue(below))
      expected = valueAfter(expected, edit)
      written = applyEdits(written, [edit])
    }
    expect(parse(written) ?? {}, written).toEqual(expected)
    for (const key of keys)
      if (![...touched].some((each) => related(each, key)))
        expect(written, `${[...touched]} in\n${original}`).toContain(`# about ${key} end`)
  }
})

function related(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`)
}

function randomValue(below: (n: number) => number): unknown {
  const values = [
    '7d',
    'true',
    '# no comment',
    'a: b',
    17,
    true,
    ['a/', 'b/'],
    { x: 1, y: ['z'] },
    'two\nlines',
    '',
  ]
  return values[below(values.length)]
}

/** A file with a comment for each of its keys, before it or at the end of its line. */
function randomFile(below: (n: number) => number): { text: string; keys: string[] } {
  const lines: string[] = []
  const keys: string[] = []
  const indent = ' '.repeat(1 + below(4))
  const write = (prefix: string, depth: number) => {
    const names = ['alpha', 'beta', 'gamma', 'delta'].slice(0, 1 + below(4))
    for (const name of names) {
      const key = prefix === '' ? name : `${prefix}.${name}`
      const comment = `# about ${key} end`
      const space = indent.repeat(depth)
      keys.push(key)
      if (below(4) === 0) lines.push('')
      const isMap = depth < 3 && below(3) === 0
      const isBefore = below(2) === 0
      if (isBefore) lines.push(`${space}${comment}`)
      const after = isBefore ? '' : `${' '.repeat(1 + below(5))}${comment}`
      if (isMap) {
        lines.push(`${space}${name}:${after}`)
        write(key, depth + 1)
      } else lines.push(`${space}${name}: ${['7d', '"q u"', '12', '[a, b]', '{ k: v }'][below(5)]}${after}`)
    }
  }
  write('', 0)
  return { text: `${lines.join('\n')}\n`, keys }
}
