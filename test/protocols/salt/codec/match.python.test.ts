import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checkPattern,
  fnmatch,
  type MatchType,
  tagMatcher,
} from '../../../../src/protocols/salt/codec/match.js'
import { askPython } from './oracle.js'

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
const tag = fc.string({ maxLength: 12, unit: fc.constantFrom(...'ab1_/ .-é世٣\u{1f600}') })

function matches(type: MatchType, pattern: string, text: string): boolean {
  return tagMatcher(type)(text, pattern)
}

/** Returns the result of a match, or null if the pattern is refused, like the Python side. */
function matchesOrRefused(pattern: string, text: string): boolean | null {
  try {
    return matches('regex', pattern, text)
  } catch {
    return null
  }
}

describe('the match types', () => {
  it.each<[MatchType, string, string, boolean]>([
    ['startswith', 'salt/', 'salt/job/1', true],
    ['startswith', '', 'anything', true],
    ['startswith', 'job', 'salt/job/1', false],
    ['endswith', '/new', 'salt/job/1/new', true],
    ['endswith', '/new', 'salt/new/1', false],
    ['find', 'job', 'salt/job/1', true],
    ['find', 'Job', 'salt/job/1', false],
    ['fnmatch', 'salt/job/*/ret/*', 'salt/job/20261120/ret/web1', true],
    ['fnmatch', 'salt/*', 'salt/a/b/c', true],
    ['fnmatch', 'salt/?', 'salt/ab', false],
    ['fnmatch', 'salt/[!a]', 'salt/b', true],
    ['fnmatch', 'SALT/*', 'salt/a', false],
    ['regex', 'custom/.*', 'custom/a', true],
    ['regex', 'custom/.*', 'my/custom/a', false],
    ['regex', 'zz|salt', 'my/salt', true],
    ['regex', 'a\\Z', 'a', true],
    ['regex', '[[:a]b', ':b', true],
  ])('%s: %s and %s give %s', (type, pattern, text, expected) => {
    expect(matches(type, pattern, text)).toBe(expected)
  })

  it('an unknown name selects the default, and an unknown default selects startswith', () => {
    expect(tagMatcher('prefix')).toBe(tagMatcher('startswith'))
    expect(tagMatcher(undefined, 'find')).toBe(tagMatcher('find'))
    expect(tagMatcher('toString', 'constructor')).toBe(tagMatcher('startswith'))
  })

  it.each(['(?=a)', '(?<!a)b', '(a)\\1', 'a{1000}', '(', '\\pL', '\\Qa'])(
    '%s is refused as a regular expression',
    (pattern) => {
      expect(() => checkPattern(tagMatcher('regex'), pattern)).toThrow(/regular expression/)
      expect(() => checkPattern(tagMatcher('find'), pattern)).not.toThrow()
    },
  )
})

describe(`patterns as Python reads them (seed ${seed})`, () => {
  it('a glob matches like fnmatch', () => {
    const pattern = fc.string({ maxLength: 8, unit: fc.constantFrom(...'ab1/é*?[]!-') })
    const cases = fc.sample(fc.tuple(pattern, tag), { numRuns: 1500, seed })
    expect(cases.map(([glob, name]) => fnmatch(name, glob))).toEqual(askPython('glob', cases))
  })

  it('a regular expression matches like re, anchored at the beginning', () => {
    const atom = fc.constantFrom(
      ...[
        'a',
        'b',
        '/',
        '.',
        'é',
        '\\d',
        '\\D',
        '\\w',
        '\\W',
        '\\s',
        '\\S',
        '\\.',
        '\\x61',
        '\\u0061',
        '[ab]',
      ],
      ...[
        '[^a]',
        '[\\w/]',
        '[]a]',
        '[^]a]',
        '[[a]',
        '[\\d-]',
        '(a|b)',
        '(?:ab)',
        '(?P<n>a)',
        '(?i:A)',
        '\\Z',
      ],
    )
    const repeat = fc.constantFrom('', '', '*', '+', '?', '*?', '{1,2}')
    const piece = fc.tuple(atom, repeat).map(([one, times]) => (one === '\\Z' ? one : one + times))
    const pattern = fc
      .array(fc.oneof({ weight: 8, arbitrary: piece }, fc.constant('|')), { maxLength: 4 })
      .map((pieces) => pieces.join(''))
    const cases = fc.sample(fc.tuple(pattern, tag), { numRuns: 1500, seed })
    const answers = askPython('regex', cases)
    const wrong = cases
      .map(([one, text], index) => ({ one, text, ours: matchesOrRefused(one, text), python: answers[index] }))
      .filter(({ ours, python }) => ours !== python)
    expect(wrong).toEqual([])
  })
})
