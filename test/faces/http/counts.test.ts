import { afterEach, beforeEach, expect, test } from 'vitest'
import { encode } from '../../../src/event/index.js'
import type { Facets, Histogram, ResultOf } from '../../../src/methods/contract/index.js'
import { facetMethods } from '../../../src/methods/counts/facets.js'
import { histogramMethods } from '../../../src/methods/counts/histogram.js'
import { eventMethods } from '../../../src/methods/events.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { type HttpFixture, startHttpFixture } from './fixture.js'

let http: HttpFixture

beforeEach(async () => {
  http = await startHttpFixture({
    grants: { all: { see: '*' }, some: { see: ['a/'] } },
    methods: (bus, access, { typeOf }) => {
      const context = { bus, runtime: realRuntime, authorize: access.authorize, typeOf }
      return [...eventMethods(context), ...histogramMethods(context), ...facetMethods(context)]
    },
  })
  for (const [tag, n] of [
    ['a/b/1', 1],
    ['a/b/2', 2],
    ['a/c', 1],
    ['z/secret', 7],
  ] as const) {
    http.bus.emit({ tag, data: { n } })
  }
})

afterEach(() => http.close())

test('a histogram by tag counts only the events that the caller may see', async () => {
  const all: Histogram = await get('all', '/v1/histogram?by=tag&from=-5m&buckets=10')
  expect(all.total).toBe(4)
  expect(all.series!.map(({ value, total }) => [value, total])).toEqual([
    ['a/b', 2],
    ['a/c', 1],
    ['z/secret', 1],
  ])
  const some: Histogram = await get('some', '/v1/histogram?by=tag&from=-5m&buckets=10')
  expect(some.total).toBe(3)
  expect(JSON.stringify(some)).not.toContain('secret')
})

test('facets accept any field, and filters may be repeated', async () => {
  const facets: Facets = await get('all', '/v1/facets?field=data.n&filter=a/&filter=!a/c')
  expect(facets).toMatchObject({ field: 'data.n', total: 2, other: 0, exact: true })
  expect(facets.values.map(({ value }) => value).sort()).toEqual([1, 2])
  const below: Facets = await get('all', '/v1/facets?field=tag&under=a/&filter=!a/c')
  expect(below).toMatchObject({ total: 2, values: [{ value: 'a/b', count: 2, more: true }] })
  const some: Facets = await get('some', '/v1/facets?field=data.n&filter=z/')
  expect(some).toMatchObject({ total: 0, values: [] })
})

test('prefixes of tags are completed', async () => {
  const { tags }: ResultOf<'tags.complete'> = await get('some', '/v1/tags?prefix=')
  expect(tags).toEqual([{ text: 'a/', count: 3, complete: false }])
  const below: ResultOf<'tags.complete'> = await get('all', '/v1/tags?prefix=a/&limit=1')
  expect(below).toEqual({ tags: [{ text: 'a/b/', count: 2, complete: false }], exact: false })
  const chosen: ResultOf<'tags.complete'> = await get('all', '/v1/tags?filter=a/b/&filter=!a/b/*')
  expect(chosen).toEqual({ tags: [], exact: true })
  const where = encodeURIComponent('EXISTS data.missing')
  expect(await get('all', `/v1/tags?where=${where}`)).toEqual({ tags: [], exact: true })
})

test('a missing parameter of a query or of a method is reported as missing', async () => {
  const query = await http.fetch('all', '/v1/facets')
  expect(await query.json()).toMatchObject({ code: 'TCN_HTTP_QUERY', detail: '"field": is missing' })
  const headers = { 'content-type': 'application/json' }
  const method = await http.fetch('all', '/v1/events.get', { method: 'POST', headers, body: '{}' })
  expect(await method.json()).toMatchObject({
    code: 'TCN_METHOD_PARAMS',
    detail: 'events.get: params.cursor: is missing',
  })
})

test.each([
  ['/v1/histogram?buckets=1001', 400],
  ['/v1/histogram?buckets=many', 400],
  ['/v1/histogram?by=data.x', 400],
  ['/v1/histogram?from=tomorrow', 400],
  ['/v1/histogram?colour=red', 400],
  ['/v1/facets', 400],
  ['/v1/facets?field=No+Field', 400],
  ['/v1/facets?field=type&under=a/', 400],
  ['/v1/facets?field=tag&under=', 400],
])('%s is refused with %i', async (path, status) => {
  const response = await http.fetch('all', path)
  expect(response.status).toBe(status)
  expect(response.headers.get('content-type')).toContain('application/problem+json')
})

test('a caller without a token or without the right receives no counts', async () => {
  for (const path of ['/v1/histogram', '/v1/facets?field=tag', '/v1/tags', '/metrics']) {
    expect((await fetch(http.url + path)).status, path).toBe(401)
  }
  expect((await http.fetch('all', '/metrics')).status).toBe(403)
})

test('long values of a body are counted but not returned in full', async () => {
  http.bus.emit({ tag: 'a/long', data: { n: 'x'.repeat(10_000) } })
  const { values }: Facets = await get('all', '/v1/facets?field=data.n')
  expect(encode(values).length).toBeLessThan(1000)
})

async function get<Answer>(as: string, path: string): Promise<Answer> {
  const response = await http.fetch(as, path)
  expect(response.status).toBe(200)
  return (await response.json()) as Answer
}
