import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileGlob, globSteps, matchGlob } from '../../src/filter/fnmatch.js'

const utf8 = new TextEncoder()

function matches(pattern: string, text: string): boolean {
  // Bytes around the text must not be read.
  const bytes = utf8.encode(`a${text}a`)
  return matchGlob(compileGlob(pattern), bytes, 1, bytes.length - 1)
}

describe('globs', () => {
  it.each([
    ['salt/job/*/ret/*', 'salt/job/2026/ret/web1', true],
    ['salt/job/*/ret/*', 'salt/job/2026/new', false],
    ['a*', 'a/b/c', true],
    ['*', '', true],
    ['a?c', 'a/c', true],
    ['a?c', 'aéc', true],
    ['a??c', 'aéc', false],
    ['*?', 'é', true],
    ['*??', 'é', false],
    ['[!a]', 'é', true],
    ['[!a]', 'a', false],
    ['[à-ü]', 'é', true],
    ['[]]', ']', true],
    ['[!]]', ']', false],
    ['[]-a]', '^', true],
    ['[--0]', '.', true],
    ['[a', '[a', true],
    ['{a,b}', 'a', false],
    ['{a,b}', '{a,b}', true],
    ['a\\*', 'a\\b', true],
    ['*\u{1f514}*', 'x\u{1f514}y', true],
    ['[\u{1f514}]', '\u{1f514}', true],
    ['[b-a]', 'a', false],
    ['[!b-a]', 'x', true],
    ['[b-a!x]', 'x', false],
    ['[*]', '*', true],
    ['[*]', 'a', false],
  ])('%s on %s gives %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected)
  })

  it("match as Python's fnmatch.fnmatchcase does", () => {
    const letters = fc.constantFrom(
      'a',
      'b',
      'c',
      'd',
      '/',
      '\n',
      'é',
      '€',
      '\u{1f514}',
      '-',
      '!',
      ']',
      '^',
      '\\',
    )
    const metas = fc.constantFrom(
      '*',
      '?',
      '[',
      ']',
      '!',
      '-',
      '^',
      '\\',
      '&',
      '|',
      '~',
      '[!',
      '[a-c]',
      '**',
      '[^',
    )
    const inner = fc.string({ unit: fc.oneof(letters, metas), maxLength: 6 })
    const whole = fc.tuple(
      fc.string({ unit: fc.oneof(letters, metas), maxLength: 12 }),
      fc.string({ unit: letters, maxLength: 12 }),
    )
    const oneClass = fc.tuple(
      inner.map((set) => `[${set}]`),
      letters,
    )
    const withClass = fc.tuple(
      inner.map((set) => `a*[${set}]?b`),
      letters.map((letter) => `a/a${letter}éb`),
    )
    const cases = fc.sample(fc.oneof(whole, oneClass, withClass), 20_000)
    const byPython = python(cases)
    cases.forEach(([glob, tag], index) => {
      if (matches(glob, tag) !== byPython[index])
        expect.fail(`${JSON.stringify([glob, tag])}: Python says ${byPython[index]}`)
    })
    expect(byPython.filter(Boolean).length).toBeGreaterThan(500)
  })

  it('match the texts that they were made from', () => {
    const part = fc.constantFrom(
      ['*', ''],
      ['*', 'a/b'],
      ['?', '€'],
      ['a', 'a'],
      ['/', '/'],
      ['[a-c]', 'b'],
      ['[!a]', 'é'],
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
        expect(matches(parts.map(([glob]) => glob).join(''), parts.map(([, text]) => text).join(''))).toBe(
          true,
        )
      }),
    )
  })
})

describe('the steps of a glob', () => {
  const hostile = utf8.encode('a'.repeat(1024))

  function steps(pattern: string, bytes: Uint8Array): number {
    return Math.abs(globSteps(compileGlob(pattern), bytes, 0, bytes.length))
  }

  it('grow linearly with the tag for many stars', () => {
    expect(steps('*a*a*a*a*b', hostile)).toBeLessThanOrEqual(3 * 1024)
    expect(steps(`${'*a'.repeat(127)}*b`, hostile)).toBeLessThanOrEqual(3 * 1024)
  })

  it('never exceed the length of the tag times that of the pattern', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '[a-b]', '[!b]'), maxLength: 60 })
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 300 })
    fc.assert(
      fc.property(pattern, text, (glob, tag) => {
        const bytes = utf8.encode(tag)
        expect(steps(glob, bytes)).toBeLessThanOrEqual(
          (bytes.length + 1) * (compileGlob(glob).code.length + 2),
        )
      }),
    )
    expect(steps(`*${'a'.repeat(254)}b`, hostile)).toBeLessThanOrEqual(1025 * 257)
  })
})

describe('text that is not UTF-8', () => {
  it('is compared in bounded time and without reading beyond it', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 20 }),
        fc.constantFrom('*?b', '[!a]*', '??', '*[a-z]*'),
        (bytes, pattern) => {
          const inside = new Uint8Array(bytes.length + 2).fill(0xbf)
          inside.set(bytes, 1)
          const program = compileGlob(pattern)
          expect(matchGlob(program, inside, 1, bytes.length + 1)).toBe(
            matchGlob(program, bytes, 0, bytes.length),
          )
        },
      ),
    )
  })
})

function python(cases: [string, string][]): boolean[] {
  const script =
    'import fnmatch,json,sys;print(json.dumps([fnmatch.fnmatchcase(t,p) for p,t in json.load(sys.stdin)]))'
  const answer = execFileSync('/usr/bin/python3', ['-W', 'ignore', '-c', script], {
    input: JSON.stringify(cases),
    encoding: 'utf8',
    maxBuffer: 1 << 24,
  })
  return JSON.parse(answer)
}
