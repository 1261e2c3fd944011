import { expect, test } from 'vitest'
import { compileFilter, except, parseFilter } from '../../../src/filter/index.js'
import type { ChunkSummary, TopCounts } from '../../../src/log/index.js'
import { ChunkCounter } from '../../../src/methods/counts/chunk-counter.js'
import { Count } from '../../../src/methods/counts/count.js'
import { fieldReader } from '../../../src/methods/counts/field-reader.js'
import { typeOf } from '../../bus/fixture.js'

test('events under two segments are counted without reading them, apart from the tag of these segments', () => {
  const prefixes = { 'salt/job/': 5, 'salt/job': 2, 'host/boot/': 1 }
  expect(counted('salt/job/', { 'salt/job/': 5, 'host/boot/': 1 })).toEqual({ 'salt/job': 5 })
  expect(counted('host/', prefixes)).toEqual({ 'host/boot': 1 })
  expect(counted('*', prefixes)).toEqual({ 'salt/job': 7, 'host/boot': 1 })
})

test('a prefix without its slash, which earlier builds stored, may stand for longer tags, so events are read', () => {
  expect(counted('salt/job/', { 'salt/job': 5 })).toBeUndefined()
  expect(counted('salt/', { 'salt/job': 5 })).toEqual({ 'salt/job': 5 })
})

test('a prefix of three segments is not decided by a summary of two', () => {
  expect(counted('salt/job/2026/', { 'salt/job/': 5 })).toBeUndefined()
  expect(counted('salt/job/2026/', { 'host/boot/': 5 })).toEqual({})
})

test('events are read only where a chunk may have some that the rights except', () => {
  const all = parseFilter('*')
  const rights = except(
    compileFilter(all, { typeOf }),
    compileFilter(parseFilter('sysadm/dispatcher/'), { typeOf }),
  )
  expect(counted('*', { 'salt/job/': 5, 'host/boot/': 1 }, rights)).toEqual({ 'salt/job': 5, 'host/boot': 1 })
  expect(counted('salt/', { 'salt/job/': 5, 'sysadm/dispatcher/': 1 }, rights)).toEqual({ 'salt/job': 5 })
  for (const prefix of ['sysadm/dispatcher/', 'sysadm/', 'sysadm'])
    expect(counted('*', { 'salt/job/': 5, [prefix]: 1 }, rights)).toBeUndefined()
})

/** Returns the counts by prefix of the events of a chunk that match; undefined if the summary does not decide. */
function counted(
  filter: string,
  prefixes: Record<string, number>,
  rights = compileFilter(parseFilter('*'), { typeOf }),
): Record<string, number> | undefined {
  const parsed = parseFilter(filter)
  const wanted = compileFilter(parsed, { typeOf })
  const counter = new ChunkCounter({ filter: parsed, wanted, rights, by: fieldReader('tag', { typeOf }) })
  const count = new Count()
  const counts = Object.entries(prefixes)
  const chunk = summaryOf({ counts, complete: true })
  if (!counter.add(chunk, count)) return undefined
  expect([...count.values].reduce((sum, [, n]) => sum + n, 0)).toBe(count.total)
  return Object.fromEntries(count.values)
}

function summaryOf(prefixes: TopCounts): ChunkSummary {
  const none = { counts: [], complete: true }
  const extent = { firstSeq: 1, lastSeq: 9, firstTime: 1, lastTime: 2, bytes: 100, crc32: 0, producers: [] }
  const count = prefixes.counts.reduce((sum, [, each]) => sum + each, 0)
  return { ...extent, count, types: none, sources: none, prefixes }
}
