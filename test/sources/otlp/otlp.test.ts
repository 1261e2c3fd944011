import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { finished } from '../../../src/incremental/steps.js'
import { answerType, requestTypes } from '../../../src/protocols/otlp/messages.js'
import { readMessage } from '../../../src/protocols/protobuf/read-message.js'
import { writeMessage } from '../../../src/protocols/protobuf/write-message.js'
import { protobufItems } from '../../../src/sources/otlp/protobuf-items.js'
import { logs, OtlpHarness } from './harness.js'

const PROTOBUF = { 'content-type': 'application/x-protobuf' }
const protobuf = (request: object) => writeMessage({ ...request }, requestTypes.logs.request)

let harness: OtlpHarness
beforeEach(() => {
  harness = new OtlpHarness()
})
afterEach(() => harness.close())

async function codeOf(response: Promise<Response>): Promise<unknown> {
  const answer = await response
  return [answer.status, ((await answer.json()) as { code?: string }).code]
}

describe('an answer', () => {
  it('has the form of the request, and is empty when everything is stored', async () => {
    await harness.start()
    const json = await harness.post(logs({ body: { stringValue: 'a' } }))
    expect([json.status, json.headers.get('content-type'), await json.text()]).toEqual([
      200,
      'application/json',
      '{}',
    ])
    const binary = await harness.post(protobuf(logs({ body: { stringValue: 'a' } })), PROTOBUF)
    expect([binary.status, binary.headers.get('content-type')]).toEqual([200, 'application/x-protobuf'])
    expect(await binary.arrayBuffer()).toHaveProperty('byteLength', 0)
    expect(harness.events).toHaveLength(2)
  })

  it('says how many records are not stored, and why', async () => {
    harness.host.largestFrame = 16 * 1024
    await harness.start()
    const long = { body: { stringValue: 'x'.repeat(20_000) } }
    const request = logs(long, { body: { stringValue: 'short' } }, long)
    const json = (await (await harness.post(request)).json()) as object
    const partialSuccess = { rejectedLogRecords: 2, errorMessage: 'it is too large for an event' }
    expect(json).toEqual({ partialSuccess })
    const binary = await harness.post(protobuf(request), PROTOBUF)
    expect(finished(readMessage(new Uint8Array(await binary.arrayBuffer()), answerType))).toEqual({
      partialSuccess,
    })
    expect(harness.events.map(({ data }) => data.message)).toEqual(['short', 'short'])
    expect(harness.runner.status()).toMatchObject({ lost: 4, health: { details: { rejected: 4 } } })
  })
})

describe('a request is refused', () => {
  it.each([
    ['without a token', 401, 'TCN_HOOK_CREDENTIALS', logs(), { authorization: '' }],
    ['with another token', 401, 'TCN_HOOK_CREDENTIALS', logs(), { authorization: 'Bearer other' }],
    ['of another form', 415, 'TCN_HTTP_MEDIA_TYPE', logs(), { 'content-type': 'text/plain' }],
    ['with another compression', 415, 'TCN_HTTP_MEDIA_TYPE', logs(), { 'content-encoding': 'br' }],
    ['that is no gzip', 400, 'TCN_HTTP_BODY', logs(), { 'content-encoding': 'gzip' }],
    ['that is no JSON', 400, 'TCN_HTTP_JSON', Buffer.from('{'), {}],
    ['that is no object', 400, 'TCN_HTTP_BODY', [], {}],
    ['that is no message', 400, 'TCN_HTTP_BODY', Buffer.from('0a05', 'hex'), PROTOBUF],
    ['that is too large', 413, 'TCN_HTTP_TOO_LARGE', Buffer.alloc(5000), PROTOBUF],
  ])('%s', async (_, status, code, body, headers) => {
    await harness.start({ maxBody: '4KiB' })
    expect(await codeOf(harness.post(body, headers as Record<string, string>))).toEqual([status, code])
    expect(harness.events).toEqual([])
  })

  it('that is too large once it is decompressed', async () => {
    await harness.start({ maxBody: '4KiB' })
    const bomb = gzipSync(Buffer.alloc(1_000_000))
    expect(await codeOf(harness.post(bomb, { ...PROTOBUF, 'content-encoding': 'gzip' }))).toEqual([
      413,
      'TCN_HTTP_TOO_LARGE',
    ])
  })

  it('over the limit', async () => {
    await harness.start({ requests: { count: 1, per: '1h' } })
    expect((await harness.post(logs())).status).toBe(200)
    const second = await harness.post(logs())
    expect([second.status, Number(second.headers.get('retry-after'))]).toEqual([429, expect.any(Number)])
  })

  it('for a source or a kind that does not exist', async () => {
    await harness.start()
    expect(await codeOf(harness.post(logs(), {}, 'metrics'))).toEqual([404, 'TCN_HTTP_ROUTE'])
    const other = fetch(harness.url().replace('/t/', '/other/'), { method: 'POST', body: '{}' })
    expect(await codeOf(other)).toEqual([404, 'TCN_HOOK_UNKNOWN'])
  })
})

it('a hub that accepts nothing is asked again later, and goes on after what it has stored', async () => {
  await harness.start()
  const request = logs(...['a', 'b', 'c'].map((stringValue) => ({ body: { stringValue } })))
  let left = 2
  const publish = harness.host.publish.bind(harness.host)
  harness.host.publish = (event) => (left-- === 0 ? false : publish(event))
  const refused = await harness.post(request)
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
  expect((await harness.post(request)).status).toBe(200)
  expect(harness.events.map(({ data }) => data.message)).toEqual(['a', 'b', 'c'])
})

describe('values', () => {
  const record = {
    timeUnixNano: '1700000000123456789',
    severityNumber: 13,
    body: { kvlistValue: { values: [{ key: '__proto__', value: { intValue: '-1' } }] } },
    attributes: [
      { key: 'big', value: { intValue: '9223372036854775807' } },
      { key: 'number', value: { intValue: 7 } },
      { key: 'none', value: {} },
      { key: 'nan', value: { doubleValue: 'NaN' } },
      { key: 'bytes', value: { bytesValue: 'AP8=' } },
      { key: 'list', value: { arrayValue: { values: [{ boolValue: false }] } } },
    ],
    traceId: '0AF7651916CD43DD8448EB211C80319C',
    spanId: '0000000000000000',
  }

  it.each([
    ['JSON', {}, (request: object) => request],
    ['Protocol Buffers', PROTOBUF, protobuf],
  ])('are the same in %s', async (_, headers, form) => {
    await harness.start()
    await harness.post(form(logs(record)), headers as Record<string, string>)
    const [{ tag, data, attributes }] = harness.events
    expect(tag).toBe('log/-')
    expect(attributes).toEqual({ time: '2023-11-14T22:13:20.123456Z' })
    expect(data).toEqual({
      time: '2023-11-14T22:13:20.123456Z',
      severity: 'warning',
      body: JSON.parse('{"__proto__":-1}'),
      attributes: {
        big: 2n ** 63n - 1n,
        number: 7,
        none: null,
        nan: Number.NaN,
        bytes: expect.objectContaining([0, 255]),
        list: [false],
      },
      trace: '0af7651916cd43dd8448eb211c80319c',
    })
  })
})

it('a long request is the same as a short one in both forms', async () => {
  await harness.start()
  const records = Array.from({ length: 3000 }, (_, nth) => ({
    body: { stringValue: `line ${nth}` },
    attributes: [{ key: 'nth', value: { intValue: String(nth) } }],
  }))
  const request = { resourceLogs: [{ scopeLogs: [{ scope: { name: 's' }, logRecords: records }] }] }
  await harness.post(request)
  await harness.post(protobuf(request), PROTOBUF)
  expect(harness.events).toHaveLength(6000)
  expect(harness.events.slice(0, 3000)).toEqual(harness.events.slice(3000))
  expect(harness.events[2999].data).toEqual({
    message: 'line 2999',
    scope: { name: 's' },
    attributes: { nth: 2999 },
  })
})

it.each(['its resource', 'its own name'])('the events of a span count %s each', async (what) => {
  await harness.start()
  const long = 'x'.repeat(1_000_000)
  const isOwn = what === 'its own name'
  const resource = { attributes: [{ key: 'long', value: { stringValue: isOwn ? '' : long } }] }
  const span = { name: isOwn ? long : 'a', events: Array(100).fill({}) }
  const small = { name: 'b', events: [{}, {}] }
  const request = { resourceSpans: [{ resource, scopeSpans: [{ spans: [small, span] }] }] }
  for (const [body, headers] of [
    [request, {}],
    [writeMessage(request, requestTypes.traces.request), PROTOBUF],
  ] as const) {
    const before = harness.events.length
    expect((await harness.post(body, headers, 'traces')).status).toBe(200)
    expect(harness.events.length - before).toBe(3)
  }
  expect(harness.runner.status().lost).toBe(2)
})

it('each part of a request is a step of its own, also one with nothing in it', () => {
  const request = { resourceLogs: Array(100).fill({ scopeLogs: Array(10).fill({}) }) }
  let steps = 0
  for (const _ of protobufItems('logs', Buffer.from(protobuf(request)))) steps++
  expect(steps).toBeGreaterThanOrEqual(1100)
})

it('what all records have in common cannot become any number of bytes', async () => {
  await harness.start()
  const resource = { attributes: [{ key: 'long', value: { stringValue: 'x'.repeat(500_000) } }] }
  const request = { resourceLogs: [{ resource, scopeLogs: [{ logRecords: Array(1000).fill({}) }] }] }
  for (const [body, headers] of [
    [request, {}],
    [protobuf(request), PROTOBUF],
  ] as const) {
    const before = harness.events.length
    expect((await harness.post(body, headers)).status).toBe(200)
    expect(harness.events.length - before).toBeLessThan(200)
  }
  expect(harness.runner.status().lost).toBeGreaterThan(1600)
})
