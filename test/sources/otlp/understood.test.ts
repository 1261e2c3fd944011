import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { finished } from '../../../src/incremental/steps.js'
import { answerType, requestTypes } from '../../../src/protocols/otlp/messages.js'
import { readMessage } from '../../../src/protocols/protobuf/read-message.js'
import { delimitedPieces, writeMessage } from '../../../src/protocols/protobuf/write-message.js'
import { logs, OtlpHarness } from './harness.js'

const PROTOBUF = { 'content-type': 'application/x-protobuf' }
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = '00f067aa0ba902b7'
const good = { body: { stringValue: 'good' } }

let harness: OtlpHarness
beforeEach(async () => {
  harness = new OtlpHarness()
  await harness.start()
})
afterEach(() => harness.close())

async function refused(response: Promise<Response>): Promise<unknown> {
  const answer = await response
  const { code, detail } = (await answer.json()) as { code?: string; detail?: string }
  return [answer.status, code, detail]
}

describe('JSON in the names of the definition is the same as in those of JSON', () => {
  it('for logs, with names of severities and ids in capitals', async () => {
    const record = {
      time_unix_nano: 'TIME',
      severity_number: 'SEVERITY_NUMBER_WARN',
      severity_text: 'WARN',
      event_name: 'e',
      body: { string_value: 'a' },
      attributes: [
        { key: 'list', value: { array_value: { values: [{ int_value: '7' }, { bool_value: true }] } } },
        { key: 'map', value: { kvlist_value: { values: [{ key: 'k', value: { double_value: 1.5 } }] } } },
        { key: 'bytes', value: { bytes_value: '-_8' } },
      ],
      trace_id: TRACE.toUpperCase(),
      span_id: SPAN,
      dropped_attributes_count: 3,
    }
    const resource = { attributes: [{ key: 'service.name', value: { string_value: 's' } }] }
    const request = { resource_logs: [{ resource, scope_logs: [{ log_records: [record] }] }] }
    const text = JSON.stringify(request).replace('"TIME"', '1700000000123456789')
    const answer = await harness.post(Buffer.from(text))
    expect([answer.status, await answer.text()]).toEqual([200, '{}'])
    expect(harness.events).toEqual([
      {
        tag: 'log/s',
        attributes: { time: '2023-11-14T22:13:20.123456Z' },
        data: {
          time: '2023-11-14T22:13:20.123456Z',
          severity: 'warning',
          message: 'a',
          event: 'e',
          level: 'WARN',
          service: 's',
          resource: { 'service.name': 's' },
          attributes: { list: [7, true], map: { k: 1.5 }, bytes: Uint8Array.of(0xfb, 0xff) },
          trace: TRACE,
          span: SPAN,
        },
      },
    ])
  })

  it('for spans, with the names of kinds and of the code of a status', async () => {
    const span = {
      name: 'pay',
      kind: 'SPAN_KIND_SERVER',
      status: { code: 'STATUS_CODE_ERROR' },
      trace_id: TRACE,
      parent_span_id: SPAN,
      start_time_unix_nano: '1700000000000000000',
      end_time_unix_nano: '1700000001000000000',
      events: [{ time_unix_nano: '1700000000500000000', name: 'exception' }],
      links: [{ trace_id: TRACE, span_id: SPAN }],
    }
    const request = { resource_spans: [{ scope_spans: [{ spans: [span] }] }] }
    expect((await harness.post(request, {}, 'traces')).status).toBe(200)
    expect(harness.events).toMatchObject([
      { tag: 'event/-', data: { name: 'exception', of: 'pay', trace: TRACE } },
      {
        tag: 'span/-',
        data: {
          kind: 'server',
          status: 'error',
          severity: 'err',
          seconds: 1,
          parent: SPAN,
          links: [{ trace: TRACE, span: SPAN }],
        },
      },
    ])
  })
})

describe('a record that is not understood is no success', () => {
  it.each<[name: string, record: unknown, why: string]>([
    ['an id in base64', { traceId: 'CvdlGRbNQ92ESOshHIAxnA==' }, '`traceId` is not 32 hexadecimal digits'],
    ['an id that is too short', { spanId: '0af7' }, '`spanId` is not 16 hexadecimal digits'],
    [
      'a name that no severity has',
      { severityNumber: 'WARN' },
      '`severityNumber` is not a number or name of its kind',
    ],
    ['a time that is none', { timeUnixNano: 'soon' }, '`timeUnixNano` is not an integer of its size'],
    ['a time before 1970', { timeUnixNano: -1 }, '`timeUnixNano` is not an integer of its size'],
    ['half an integer', { body: { intValue: 1.5 } }, '`intValue` is not an integer of its size'],
    ['a body without its type', { body: 'text' }, '`body` is not an object'],
    ['attributes as an object', { attributes: { a: 1 } }, '`attributes` is not a list'],
    ['a text that is a number', { severityText: 4 }, '`severityText` is not a text'],
    ['a number that is a text', { body: { doubleValue: 'x' } }, '`doubleValue` is not a number'],
    ['a truth that is a text', { body: { boolValue: 'yes' } }, '`boolValue` is not true or false'],
    ['bytes that are not base64', { body: { bytesValue: '*' } }, '`bytesValue` is not base64'],
    ['no record', 7, 'it is no object of JSON'],
    ['only fields that are not known', { Body: 'x' }, 'an item has no field that is known'],
  ])('%s', async (_, record, why) => {
    expect(await refused(harness.post(logs(record as object)))).toEqual([400, 'TCN_HTTP_BODY', why])
    const partial = await harness.post(logs(good, record as object, good))
    expect([partial.status, await partial.json()]).toEqual([
      200,
      { partialSuccess: { rejectedLogRecords: 1, errorMessage: why } },
    ])
    expect(harness.events.map(({ data }) => data.message)).toEqual(['good', 'good'])
    expect(harness.runner.status()).toMatchObject({ lost: 2, health: { details: { rejected: 2 } } })
  })

  it('a span of which Protocol Buffers have another form, or an id of another length', async () => {
    const post = (...spans: object[]) => {
      const request = { resourceSpans: [{ scopeSpans: [{ spans }] }] }
      return harness.post(writeMessage(request, requestTypes.traces.request), PROTOBUF, 'traces')
    }
    expect(await refused(post({ traceId: '0af7' }))).toEqual([400, 'TCN_HTTP_BODY', expect.any(String)])
    const answer = await post({ name: 'good' }, { spanId: '0af7' })
    const { partialSuccess } = finished(
      readMessage(new Uint8Array(await answer.arrayBuffer()), answerType),
    ) as { partialSuccess: object }
    expect(partialSuccess).toMatchObject({ rejectedLogRecords: 1 })
    const logRecord = writeMessage(
      logs({ ...good, traceId: TRACE, timeUnixNano: 1 }) as never,
      requestTypes.logs.request,
    )
    expect(await refused(harness.post(logRecord, PROTOBUF, 'traces'))).toEqual([
      400,
      'TCN_HTTP_BODY',
      expect.any(String),
    ])
  })

  it('spans that are not kept are counted under the name that spans have', async () => {
    const request = { resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'good' }, { name: 7 }] }] }] }
    expect(await (await harness.post(request, {}, 'traces')).json()).toMatchObject({
      partialSuccess: { rejectedSpans: 1 },
    })
  })

  it('what all items of a resource have in common', async () => {
    const part = (resource: object) => ({ resource, scopeLogs: [{ logRecords: [good, good] }] })
    const request = { resourceLogs: [part({ attributes: 7 }), part({})] }
    expect(await (await harness.post(request)).json()).toEqual({
      partialSuccess: { rejectedLogRecords: 2, errorMessage: '`attributes` is not a list' },
    })
    expect(harness.events).toHaveLength(2)
  })
})

describe('a request of which nothing is understood is no success', () => {
  it.each<[name: string, request: object, why: string]>([
    [
      'an unknown key',
      { foo: 1 },
      'it has no `logRecords` in `scopeLogs` in `resourceLogs`, but `foo`, which is not known',
    ],
    [
      'spans',
      { resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'a' }] }] }] },
      'it has no `logRecords` in `scopeLogs` in `resourceLogs`, but `resourceSpans`, which is not known',
    ],
    [
      'what older versions had',
      { resourceLogs: [{ resource: {}, instrumentationLibraryLogs: [{ logs: [good] }] }] },
      'it has no `logRecords` in `scopeLogs` in `resourceLogs`, but `instrumentationLibraryLogs`, which is not known',
    ],
    ['no list', { resourceLogs: {} }, '`resourceLogs` is not a list'],
    ['a list of something else', { resourceLogs: [7] }, '`resourceLogs` has something that is no object'],
    [
      'a list of lists',
      { resourceLogs: [{ scopeLogs: [[]] }] },
      '`scopeLogs` has something that is no object',
    ],
    [
      'records that are no list',
      { resourceLogs: [{ scopeLogs: [{ logRecords: 1 }] }] },
      '`logRecords` is not a list',
    ],
  ])('%s', async (_, request, why) => {
    expect(await refused(harness.post(request))).toEqual([400, 'TCN_HTTP_BODY', why])
    expect(harness.events).toEqual([])
  })

  it('Protocol Buffers with other fields only', async () => {
    const unknown = Buffer.concat(delimitedPieces(1000, [Buffer.from('x')]))
    expect(await refused(harness.post(unknown, PROTOBUF))).toEqual([400, 'TCN_HTTP_BODY', expect.any(String)])
    const inResource = Buffer.concat(delimitedPieces(1, [unknown]))
    expect(await refused(harness.post(inResource, PROTOBUF))).toEqual([
      400,
      'TCN_HTTP_BODY',
      expect.any(String),
    ])
  })

  it('an empty body of JSON', async () => {
    expect(await refused(harness.post(new Uint8Array()))).toEqual([400, 'TCN_HTTP_JSON', expect.any(String)])
  })
})

it.each<[name: string, request: object]>([
  ['no resources', {}],
  ['resources that are null', { resourceLogs: null }],
  ['a resource without records', { resourceLogs: [{ resource: {}, schemaUrl: 'x', scopeLogs: [] }] }],
])('a request with nothing in it is a success: %s', async (_, request) => {
  const json = await harness.post(request)
  expect([json.status, await json.text()]).toEqual([200, '{}'])
  const binary = await harness.post(writeMessage(request as never, requestTypes.logs.request), PROTOBUF)
  expect(binary.status).toBe(200)
})

it('fields that are newer than the hub are ignored beside those that it knows', async () => {
  const record = { ...good, newField: { x: 1 } }
  const request = { newer: 1, resourceLogs: [{ newer: 2, scopeLogs: [{ newer: 3, logRecords: [record] }] }] }
  const answer = await harness.post(request)
  expect([answer.status, await answer.text()]).toEqual([200, '{}'])
  expect(harness.events.map(({ data }) => data)).toEqual([{ message: 'good' }])
})
