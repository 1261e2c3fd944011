import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileFilter, type FilterInput, parseFilter, SubscriptionIndex } from '../../src/filter/index.js'
import type { Matcher } from '../../src/filter/matcher.js'
import { frameAt } from './frames.js'

const typeOf = () => 'tocsin.event'

function matcher(input?: FilterInput): Matcher {
  return compileFilter(parseFilter(input), { typeOf })
}

function found<T>(index: SubscriptionIndex<T>, tag: string): T[] {
  const { bytes, at } = frameAt({ tag })
  const out: T[] = []
  const count = index.match(bytes, at, out)
  return out.slice(0, count)
}

const tagText = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é'), minLength: 1, maxLength: 6 })
const pattern = fc.oneof(
  tagText,
  fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é', '*', '?', '[!a]'), minLength: 1, maxLength: 6 }),
)
const filter: fc.Arbitrary<FilterInput> = fc.oneof(
  pattern,
  fc.array(
    fc.oneof(
      pattern,
      pattern.map((text) => `!${text}`),
    ),
    { maxLength: 4 },
  ),
  tagText.map((tag) => ({ exact: { tag } })),
  tagText.map((suffix) => ({ suffix: { tag: suffix } })),
  fc
    .tuple(tagText, pattern)
    .map(([prefix, glob]) => ({ all: [{ prefix: { tag: prefix } }, { glob: { tag: glob } }] })),
  fc.constantFrom('^a/b', '^ab?', '^a|b', 'b$').map((regex) => ({ regex: { tag: regex } })),
)

describe('the subscription index', () => {
  it('finds what a scan of all matchers finds, while subscriptions are added and removed', () => {
    const step = fc.record({ filter, value: fc.nat(6), tag: tagText, remove: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const index = new SubscriptionIndex<number>()
        let standing: { matcher: Matcher; value: number }[] = []
        for (const { filter, value, tag, remove } of steps) {
          if (remove && standing.length > 0) {
            const gone = standing[value % standing.length]
            standing = standing.filter((other) => other !== gone)
            expect(index.remove(gone.matcher, gone.value)).toBe(true)
          } else {
            const added = { matcher: matcher(filter), value }
            standing.push(added)
            index.add(added.matcher, value)
          }
          const { bytes, at } = frameAt({ tag })
          const scan = standing.filter((one) => one.matcher.matches(bytes, at)).map((one) => one.value)
          const matched = found(index, tag)
          expect(matched.sort()).toEqual([...new Set(scan)].sort())
          expect(index.size).toBe(new Set(standing.map((one) => one.value)).size)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('leaves the array after its results unchanged', () => {
    const index = new SubscriptionIndex<string>()
    index.add(matcher('a/'), 'one')
    const out = ['x', 'y']
    const { bytes, at } = frameAt({ tag: 'a/b' })
    expect(index.match(bytes, at, out)).toBe(1)
    expect(out).toEqual(['one', 'y'])
  })

  it('returns a value once even if several of its matchers match', () => {
    const index = new SubscriptionIndex<string>()
    index.add(matcher('a'), 'one')
    index.add(matcher('a/b'), 'one')
    index.add(matcher('*b'), 'one')
    expect(found(index, 'a/b')).toEqual(['one'])
    expect(found(index, 'a/b')).toEqual(['one'])
  })

  it('keeps a value that matches nothing', () => {
    const index = new SubscriptionIndex<string>()
    const never = matcher({ any: [] })
    index.add(never, 'one')
    index.add(never, 'one')
    expect(index.size).toBe(1)
    expect(found(index, 'a')).toEqual([])
    expect(index.remove(never, 'one')).toBe(true)
    expect(index.size).toBe(0)
  })

  it('reports that there was nothing to remove', () => {
    const index = new SubscriptionIndex<string>()
    const one = matcher('a')
    expect(index.remove(one, 'one')).toBe(false)
    index.add(one, 'one')
    expect(index.remove(matcher('a'), 'one')).toBe(false)
    expect(index.remove(one, 'one')).toBe(true)
    expect(index.remove(one, 'one')).toBe(false)
    expect(found(index, 'a')).toEqual([])
  })

  it('tests only matchers whose prefix leads to the tag', () => {
    const index = new SubscriptionIndex<number>()
    let asked = 0
    for (let host = 0; host < 1000; host++) {
      const inner = matcher(`host/web${host}/*/up`)
      index.add({ ...inner, matches: (bytes, at) => ++asked > 0 && inner.matches(bytes, at) }, host)
    }
    expect(found(index, 'host/web7/system/up')).toEqual([7])
    expect(asked).toBe(1)
  })

  it('does not test a matcher whose prefix decides alone', () => {
    const index = new SubscriptionIndex<string>()
    const refuse = () => {
      throw new Error('asked')
    }
    index.add({ ...matcher(['a/', 'b/']), matches: refuse }, 'prefixes')
    index.add({ ...matcher(), matches: refuse }, 'all')
    expect(found(index, 'b/c').sort()).toEqual(['all', 'prefixes'])
    expect(found(index, 'c')).toEqual(['all'])
  })

  it('holds 100,000 subscriptions and releases them again', () => {
    const index = new SubscriptionIndex<number>()
    const matchers = Array.from({ length: 100_000 }, (_, n) =>
      matcher(n % 2 === 0 ? `host/${n}/` : 'same/prefix*x'),
    )
    matchers.forEach((one, n) => void index.add(one, n))
    expect(found(index, 'host/77776/system')).toEqual([77776])
    expect(found(index, 'same/prefix/x').length).toBe(50_000)
    expect(matchers.every((one, n) => index.remove(one, n))).toBe(true)
    expect(index.size).toBe(0)
    expect(found(index, 'host/77776/system')).toEqual([])
  })
})
