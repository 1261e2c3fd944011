import fc from 'fast-check'
import { RE2JS } from 're2js'
import { describe, expect, it } from 'vitest'
import { compileRegex, regexPrefix } from '../../src/filter/regex.js'
import { regexSize } from '../../src/filter/regex-size.js'

function refusal(pattern: string): { code: string; message: string } {
  try {
    compileRegex(pattern, 'filter.regex.tag')
  } catch (error) {
    return error as ReturnType<typeof refusal>
  }
  throw new Error(`accepted: ${pattern}`)
}

describe('regular expressions', () => {
  it('match anywhere unless they are anchored', () => {
    expect(compileRegex('ret', 'x').test('salt/job/1/ret/web1')).toBe(true)
    expect(compileRegex('^ret', 'x').test('salt/job/1/ret/web1')).toBe(false)
    expect(compileRegex('web\\d$', 'x').test(new TextEncoder().encode('ret/web1'))).toBe(true)
    expect(compileRegex('^.$', 'x').test('\u{1f514}')).toBe(true)
  })

  it.each([
    ['a(?=b)', 'look-ahead is not supported at character 2'],
    ['(?!b)', 'look-ahead is not supported at character 1'],
    ['ab(?<=b)', 'look-behind is not supported at character 3'],
    ['(?<!b)', 'look-behind is not supported'],
    ['(a)\\1', 'back references are not supported at character 4'],
    ['(?P<n>a)(?P=n)', 'back references are not supported at character 9'],
    ['(?<n>a)\\k<n>', 'back references are not supported at character 8'],
    ['(?>a)', 'atomic groups are not supported'],
    ['a++', 'invalid nested repetition operator at character 2: "++"'],
    ['(a', 'missing closing ) at character 1'],
    ['[a', 'missing closing ] at character 1'],
    ['a\\', 'trailing backslash at end of expression at character 3'],
    ['\\p{Nothing}', 'invalid character class range'],
    ['a{3,2}', 'invalid repeat count at character 2'],
    ['a{101}', '{101} at character 2 makes more than 100 repeats'],
    ['a{0,101}', '{0,101} at character 2 makes more than 100 repeats'],
    ['a{101,}', '{101,} at character 2 makes more than 100 repeats'],
    ['(a{10}){11}', '{11} at character 8 makes more than 100 repeats'],
    ['((a{5}b){5}|c){5}', '{5} at character 15 makes more than 100 repeats'],
    [`a{${'9'.repeat(12)}}`, '{999999999999} at character 2 makes more than 100 repeats'],
    ['a{100}b{100}c{100}', 'its size is 300'],
    ['(abc){99}', 'its size is 396'],
    ['x'.repeat(257), 'its size is 257'],
  ])('%s is refused: %s', (pattern, reason) => {
    expect(refusal(pattern).code).toBe('TCN_FILTER_REGEX')
    expect(refusal(pattern).message).toContain(`filter.regex.tag: ${reason}`)
  })

  it.each([
    'a{100}',
    '(a{10}){10}',
    '[{]{5}',
    '\\{101\\}',
    'a{,500}',
    '[a{101}]',
    '\\Q{101}\\E',
    '\\pL{5}',
    '\\p{L}{5}',
    '[]{101}]',
    '[[:alpha:]]{100}',
    '(a+)+$',
    '',
  ])('%s is accepted', (pattern) => {
    expect(compileRegex(pattern, 'x')).toBeInstanceOf(RE2JS)
  })

  it('of limited size never compile to a large program, and end on every input', () => {
    const piece = fc.constantFrom(
      'a',
      '.',
      '(',
      ')',
      '|',
      '*',
      '+',
      '?',
      '{',
      '{9}',
      '{2,5}',
      '}',
      '[',
      ']',
      '^',
      '$',
      '\\',
      '\\d',
      '\\Q',
      '\\E',
      '[:alpha:]',
      '(?:',
      '(?i)',
      '\\pL',
      '-',
      '{100}',
    )
    fc.assert(
      fc.property(fc.string({ unit: piece, maxLength: 40 }), (pattern) => {
        try {
          expect(compileRegex(pattern, 'x').programSize()).toBeLessThan(4 * 256)
        } catch (error) {
          expect(error).toMatchObject({ code: 'TCN_FILTER_REGEX' })
        }
      }),
      { numRuns: 3000 },
    )
  })

  it.each(['(a+)+$', '(a*)*b', '(a|a)*b', '(?:a?){30}a{30}[0-9]', '(.*)(.*)(.*)[0-9]'])(
    '%s reads a hostile tag a fixed number of times',
    (pattern) => {
      const reads = (length: number) => {
        let count = 0
        const tag = new Proxy([...new TextEncoder().encode(`${'a'.repeat(length - 1)}!`)], {
          get: (target, key) => {
            if (typeof key === 'string' && /^\d+$/.test(key)) count++
            return Reflect.get(target, key)
          },
        })
        expect(compileRegex(pattern, 'x').test(tag)).toBe(false)
        return count
      }
      expect(reads(1024)).toBeGreaterThanOrEqual(1024)
      expect(reads(1024)).toBeLessThanOrEqual(8 * 1024)
      expect(reads(2048)).toBeLessThanOrEqual(2.1 * reads(1024))
    },
  )

  it('keep no more than a megabyte of states', () => {
    const regex = compileRegex('[ab]*a[ab]{90}c', 'x')
    const text = Array.from({ length: 4000 }, (_, n) => 'ab'[((n * n) % 7) & 1]).join('')
    expect(regex.test(`${text}c`)).toBe(regex.test(`${text}c`))
    expect(regex.re2().dfa.memBudget).toBeGreaterThanOrEqual(0)
    expect(regex.re2().dfa.maxMem).toBe(1024 * 1024)
  })
})

describe('the size of a regular expression', () => {
  it.each([
    ['', 0],
    ['abc', 3],
    ['(abc)', 4],
    ['a{3}', 3],
    ['a{0}', 1],
    ['(ab){3}c', 10],
    ['[a-z]{3}', 3],
    ['\\Qab\\E', 2],
    ['a|b*', 4],
  ])('of %s is %d', (pattern, size) => {
    expect(regexSize(pattern, 'x')).toBe(size)
  })
})

describe('the literal beginning of a regular expression', () => {
  it.each([
    ['^salt/job/', 'salt/job/'],
    ['^salt/.*', 'salt/'],
    ['^salt/job*', 'salt/jo'],
    ['^salt/job?', 'salt/jo'],
    ['^salt/job{0,1}', 'salt/jo'],
    ['^a|b', ''],
    ['^(a|b)', ''],
    ['salt', ''],
    ['(?i)^salt', ''],
    ['^\\d', ''],
    ['^salt\\.x', 'salt.x'],
    ['^salt\\.?', 'salt'],
    ['^salt\\d', 'salt'],
    ['^salt\\Q\\E*', 'sal'],
    ['^', ''],
  ])('%s begins with %j', (pattern, prefix) => {
    expect(regexPrefix(pattern)).toBe(prefix)
  })

  it('begins every text that matches', () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      '/',
      '.',
      '*',
      '?',
      '|',
      '(',
      ')',
      '[ab]',
      '{2}',
      '{0}',
      '^',
      '$',
      '\\',
      '\\.',
      '\\Q',
      '\\E',
      '\\\u{1f514}',
      'é',
      '(?i)',
      '(?m)',
      '\n',
    )
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'A', 'é', '\n'), maxLength: 8 })
    fc.assert(
      fc.property(fc.string({ unit: piece, maxLength: 8 }), text, (rest, text) => {
        try {
          if (compileRegex(`^${rest}`, 'x').test(text))
            expect(text.startsWith(regexPrefix(`^${rest}`))).toBe(true)
        } catch (error) {
          expect(error).toMatchObject({ code: 'TCN_FILTER_REGEX' })
        }
      }),
      { numRuns: 5000 },
    )
  })
})
