// Runs on each supported Node.js: compression.
import { type IncomingHttpHeaders, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type HttpFixture, startHttpFixture } from '../../../faces/http/fixture.js'

let hub: HttpFixture
/** A document of the hub without compression. */
let plain: Buffer

const DOCUMENT = '/v1/openapi.json'

beforeAll(async () => {
  hub = await startHttpFixture({ grants: { ann: { see: ['*'] } } })
  plain = (await get(DOCUMENT, {})).body
})

afterAll(() => hub?.close())

interface Answer {
  status: number | undefined
  headers: IncomingHttpHeaders
  body: Buffer
}

/** The answer as it comes: `fetch` decompresses what it gets. */
function get(path: string, headers: Record<string, string>, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(hub.url + path, { method, headers }, async (answer) => {
      const { statusCode: status, headers } = answer
      resolve({ status, headers, body: await buffer(answer) })
    })
    asked.on('error', reject).end()
  })
}

const as = (principal: string) => ({ authorization: `Bearer ${principal}` })

describe('an answer of JSON', () => {
  it.each([
    ['br', 'gzip, br', brotliDecompressSync],
    ['gzip', 'gzip', gunzipSync],
  ])('is compressed with %s for those that accept %s', async (coding, accepted, decompress) => {
    const { headers, body } = await get(DOCUMENT, { 'accept-encoding': accepted })
    expect(headers['content-encoding']).toBe(coding)
    expect(headers.vary).toBe('accept-encoding')
    expect(headers['content-length']).toBe(String(body.length))
    expect(body.length).toBeLessThan(plain.length / 3)
    expect(decompress(body).equals(plain)).toBe(true)
  })

  it('is sent as it is to those that accept nothing else, and says to caches that there are others', async () => {
    for (const accepted of ['identity', 'br;q=0, gzip;q=0', 'zstd']) {
      const { headers, body } = await get(DOCUMENT, { 'accept-encoding': accepted })
      expect(headers['content-encoding'], accepted).toBeUndefined()
      expect(headers.vary).toBe('accept-encoding')
      expect(body.equals(plain)).toBe(true)
    }
  })

  it('is sent as it is when it is short', async () => {
    const { headers } = await get('/healthz', { 'accept-encoding': 'gzip' })
    expect(headers['content-encoding']).toBeUndefined()
    expect(headers.vary).toBeUndefined()
  })

  it('is whole for everybody who asks at the same time', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => get(DOCUMENT, { 'accept-encoding': 'gzip' })),
    )
    const codings = answers.map(({ headers }) => headers['content-encoding'])
    for (const { headers, body } of answers) {
      const text = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
      expect(text.equals(plain)).toBe(true)
    }
    expect(codings).toContain('gzip')
  })

  it('has no body when only its head is wanted', async () => {
    for (const path of [DOCUMENT, '/v1/types']) {
      const headers = { ...as('ann'), 'accept-encoding': 'gzip' }
      const { status, headers: answered, body } = await get(path, headers, 'HEAD')
      expect(status).toBe(200)
      expect(answered.vary).toBe('accept-encoding')
      expect(body).toHaveLength(0)
    }
  })
})

describe('a document', () => {
  it.each([DOCUMENT, '/v1/types?schemas=false'])('%s is not sent to those that have it', async (path) => {
    const { headers, body } = await get(path, as('ann'))
    expect(headers['cache-control']).toBe('private, no-cache')
    const etag = String(headers.etag)
    expect(body.length).toBeGreaterThan(0)
    for (const known of [etag, `"other", ${etag}`, etag.replace('W/', '')]) {
      const again = await get(path, { ...as('ann'), 'if-none-match': known, 'accept-encoding': 'gzip' })
      expect(again.status, known).toBe(304)
      expect(again.headers.vary).toBe('accept-encoding')
      expect(again.body).toHaveLength(0)
    }
    expect((await get(path, { ...as('ann'), 'if-none-match': '"other"' })).status).toBe(200)
  })

  it('is for those who may read it, also when they have it', async () => {
    const path = '/v1/types?schemas=false'
    const { headers } = await get(path, as('ann'))
    expect((await get(path, { 'if-none-match': String(headers.etag) })).status).toBe(401)
  })

  it('of all types has no schemas when they are not wanted', async () => {
    const list = async (query: string) => {
      const answer = await hub.fetch('ann', `/v1/types${query}`)
      return (await answer.json()) as { types: { type: string; tags: string[]; schema?: object }[] }
    }
    const { types: all } = await list('')
    const { types: short } = await list('?schemas=false')
    expect(all.some(({ schema }) => schema !== undefined)).toBe(true)
    expect(short).toEqual(all.map(({ schema: _, ...rest }) => rest))
    expect((await hub.fetch('ann', '/v1/types?schemas=no')).status).toBe(400)
  })
})
