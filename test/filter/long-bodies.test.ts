import { deepEqual } from 'node:assert/strict'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encode, encodeFrame } from '../../src/event/index.js'
import { compileFilter, type FilterInput, intersect, parseFilter } from '../../src/filter/index.js'
import { matchInSteps, searchesLong } from '../../src/filter/long-bodies.js'
import { except } from '../../src/filter/matcher.js'
import { frameAt, type TestEvent } from './frames.js'
import { event, filterJson } from './model.js'

const options = { typeOf: (tag: string) => `test.${tag.split('/')[0]}` }

function inSteps(filter: FilterInput, bytes: Uint8Array, at: number) {
  const test = matchInSteps(compileFilter(parseFilter(filter), options), bytes, at)
  for (let steps = 1; ; steps++) {
    const { done, value } = test.next()
    if (done === true) return { answer: value, steps }
  }
}

const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, nth) => [`key${nth}`, nth]))
const long = encodeFrame({ tag: 'long/event', body: encode(many) })

describe('a filter on a long body', () => {
  it('gives the same answer in steps as at once', () => {
    fc.assert(
      fc.property(filterJson, event, (filter, parts: TestEvent) => {
        const { bytes, at } = frameAt(parts)
        const matcher = compileFilter(parseFilter(filter), options)
        deepEqual(inSteps(filter, bytes, at).answer, matcher.matches(bytes, at))
      }),
    )
  })

  it.each<[FilterInput, boolean]>([
    [{ exact: { 'data.key99999': 99999 } }, true],
    [{ all: [{ exact: { 'data.key5': 5 } }, { not: { exact: { 'data.none': 1 } } }] }, true],
    [{ any: [{ exact: { 'data.none': 1 } }, { exact: { 'data.other': 1 } }] }, false],
    [{ sql: 'data.key7 = 7 AND NOT EXISTS data.none' }, true],
    [{ sql: 'data.key7 + data.key8 = 15' }, true],
    [{ sql: 'data.key7 > 7' }, false],
  ])('is tried in several steps: %j', (filter, expected) => {
    const { answer, steps } = inSteps(filter, long, 0)
    expect(answer).toBe(expected)
    expect(steps).toBeGreaterThan(10)
  })

  it('looks for a field once, however often it is named', () => {
    const one = inSteps({ exact: { 'data.none': 1 } }, long, 0).steps
    const sql = 'data.none = 1 OR data.none = 2 OR data.none = 3'
    expect(inSteps({ sql }, long, 0).steps).toBeLessThanOrEqual(3 * one)
    expect(
      inSteps({ any: [{ exact: { tag: 'other' } }, { exact: { 'data.none': 1 } }] }, long, 0).steps,
    ).toBe(one)
  })

  it('looks for no field if the tag decides it', () => {
    expect(inSteps({ all: [{ prefix: { tag: 'other/' } }, { exact: { 'data.none': 1 } }] }, long, 0)).toEqual(
      {
        answer: false,
        steps: 1,
      },
    )
  })

  it('leaves nothing behind: the next test at once looks for its fields itself', () => {
    const matcher = compileFilter(parseFilter({ exact: { 'data.key1': 1 } }), options)
    matchInSteps(matcher, long, 0).next()
    expect(matcher.matches(long, 0)).toBe(true)
  })

  const ofTag = '*/event'
  const ofBody = { exact: { 'data.key1': 1 } }

  it.each<[FilterInput, boolean]>([
    [ofBody, true],
    [{ exact: { data: null } }, true],
    [{ not: { any: [{ glob: { tag: ofTag } }, ofBody] } }, true],
    [{ sql: 'EXISTS data.key1' }, true],
    [{ exact: { severity: 'err' } }, true],
    [{ sql: "host IN ('web1')" }, true],
    [ofTag, false],
    [{ regex: { tag: '(a|b){20}/(c|d){20}' } }, false],
    [{ sql: "LOWER(tag) = 'x' AND other = 'y'" }, false],
    [{ grep: 'text' }, false],
  ])('searches the body only if it names a field of it: %j', (filter, expected) => {
    const matcher = compileFilter(parseFilter(filter), options)
    expect(searchesLong(matcher, long, 0)).toBe(expected)
    expect(searchesLong(matcher, encodeFrame({ tag: 'short/event', body: encode({ key1: 1 }) }), 0)).toBe(
      false,
    )
  })

  it('counts the rights that restrict a filter, and those that are taken away', () => {
    const [tags, fields] = [ofTag, ofBody].map((filter) => compileFilter(parseFilter(filter), options))
    const all = [intersect(tags, fields), intersect(fields, tags), except(tags, fields), except(fields, tags)]
    expect(all.map((matcher) => searchesLong(matcher, long, 0))).toEqual([true, true, true, true])
    expect(searchesLong(intersect(tags, tags), long, 0)).toBe(false)
  })
})
