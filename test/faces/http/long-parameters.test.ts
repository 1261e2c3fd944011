import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseStrictJson } from '../../../src/event/json/strict.js'
import { MAX_VALUES } from '../../../src/incremental/long-json.js'
import { readJsonObjects } from '../../../src/incremental/read-json.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { type HttpFixture, startHttpFixture } from './fixture.js'

let hub: HttpFixture
beforeEach(async () => {
  hub = await startHttpFixture()
})
afterEach(() => hub.close())

async function call(body: string): Promise<{ status: number; answer: Record<string, unknown> }> {
  const response = await hub.fetch('admin', '/v1/filters.explain', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> }
}

const filter = {
  any: Array.from({ length: 900 }, (_, index) => ({ exact: { subject: `lab/number/${index}` } })),
}

describe('long parameters of a method', () => {
  it('are answered as short ones are', async () => {
    const spaces = ' '.repeat(100_000)
    const short = await call('{"filter":"lab/*"}')
    expect(short.status).toBe(200)
    expect(await call(`{${spaces}"filter"${spaces}:"lab/*"}${spaces}`)).toEqual(short)
  })

  it('are refused for the same reasons', async () => {
    const long = `"${'x'.repeat(50_000)}"`
    for (const body of [`{"a":${long}`, `{"a":${long},"a":1}`, `{"a":[${long},1e999]}`, `{"a":${long}} x`])
      expect(await call(body)).toMatchObject({ status: 400, answer: { code: 'TCN_HTTP_JSON' } })
  })

  it('are refused if they have more values than can be made at once', async () => {
    const many = await call(`{"filter":[${'1,'.repeat(MAX_VALUES)}1]}`)
    expect(many).toMatchObject({ status: 413, answer: { code: 'TCN_HTTP_TOO_LARGE' } })
  })

  it('are read in steps of 16 KB, as the same objects', () => {
    const text = JSON.stringify({ filter, text: 'é\n'.repeat(50_000), integer: 1, ['__proto__']: { a: 1.5 } })
    const reading = readJsonObjects(Buffer.from(text), new FakeRuntime())
    let steps = 0
    let read = reading.next()
    for (; read.done !== true; read = reading.next()) steps++
    expect(steps).toBeGreaterThanOrEqual(Math.floor(text.length / (16 * 1024)))
    expect(read.value).toEqual(parseStrictJson(text))
  })
})
