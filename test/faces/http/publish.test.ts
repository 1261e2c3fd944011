import { request } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { Event, iterateFrames } from '../../../src/event/index.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { type HttpFixture, type HttpFixtureOptions, startHttpFixture } from './fixture.js'

let hub: HttpFixture
const start = async (options: HttpFixtureOptions = {}) => {
  hub = await startHttpFixture({ grants: { open: { publish: '*', source: '' } }, ...options })
}
afterEach(() => hub.close())

interface PostOptions {
  as?: string
  type?: string
  query?: string
  headers?: Record<string, string>
}

async function post(body: unknown, options: PostOptions = {}) {
  const { as = 'admin', type = 'application/json', query = '', headers } = options
  const response = await hub.fetch(as, `/v1/events${query}`, {
    method: 'POST',
    headers: { 'content-type': type, ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
  })
  const text = await response.text()
  const lines = response.headers.get('content-type')?.includes('ndjson')
  const answer = lines
    ? text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : JSON.parse(text)
  return { status: response.status, answer, headers: response.headers }
}

async function stored(): Promise<Event[]> {
  const events: Event[] = []
  for await (const batch of hub.bus.log.read(hub.bus.log.first, { to: hub.bus.log.last })) {
    for (const event of iterateFrames(batch.bytes)) events.push(new Event(event.bytes, event.at))
  }
  return events.filter((event) => !event.tag.startsWith('hub/'))
}
const storedData = async () => (await stored()).map((event) => event.data)

const ce = { specversion: '1.0', id: 'a', source: 'lab', type: 'lab.made' }
const structured = 'application/cloudevents+json'

describe('publishing over HTTP', () => {
  it('keeps 64-bit integers exactly', async () => {
    await start()
    const data = '{"id":12345678901234567890,"least":-9223372036854775807,"usual":9007199254740991}'
    for (const [type, body] of [
      ['application/json', `{"tag":"lab/wide","data":${data}}`],
      ['application/x-ndjson', `{"tag":"lab/wide","data":${data}}\n`],
      [structured, JSON.stringify(ce).replace('}', `,"data":${data}}`)],
    ])
      expect((await post(body, { type })).status).toBe(200)
    const wide = { id: 12345678901234567890n, least: -9223372036854775807n, usual: 9007199254740991 }
    expect(await storedData()).toEqual([wide, wide, wide])
  })

  it('accepts a plain event and answers with its cursor', async () => {
    await start()
    const { status, answer } = await post({ tag: 'a/b', data: { n: 1 } })
    expect({ status, answer }).toEqual({
      status: 200,
      answer: { cursor: `${hub.bus.epoch}-${hub.bus.log.last}`, durable: false },
    })
    const [event] = await stored()
    expect([event.tag, event.source, event.data]).toEqual(['a/b', 'host/test', { n: 1 }])
  })

  it('accepts a list and answers with the cursor or refusal of each event', async () => {
    await start({ grants: { some: { publish: ['a/'] } } })
    const list = [{ tag: 'a/1' }, { tag: 'b/1' }, { tag: 'a/2', colour: 'red' }, { tag: 'a/3' }]
    const { status, answer } = await post(list, { as: 'some' })
    expect(status).toBe(207)
    expect(answer).toMatchObject({ accepted: 2, refused: 2 })
    expect(answer.items.map((item: { code?: string }) => item.code)).toEqual([
      undefined,
      'TCN_ACCESS_DENIED',
      'TCN_HTTP_BODY',
      undefined,
    ])
    const [first, , , last] = answer.items
    expect(Number(last.cursor.split('-')[1])).toBe(Number(first.cursor.split('-')[1]) + 1)
  })

  it.each([
    ['application/json', 'TCN_ACCESS_DENIED', [{ tag: 'b/1' }, { tag: 'b/2' }]],
    [
      'application/cloudevents-batch+json',
      'TCN_ORIGIN_FOREIGN',
      [
        { ...ce, source: 'host/test', subject: 'b/1' },
        { ...ce, source: 'host/test', subject: 'b/2' },
      ],
    ],
  ])(
    'a list of which nothing is accepted is no success, and says why for each event (%s)',
    async (type, code, list) => {
      await start({ grants: { some: { publish: ['a/'] } } })
      const { status, answer } = await post(list, { as: 'some', type })
      expect(status).toBe(403)
      expect(answer).toMatchObject({ code, details: { accepted: 0, refused: 2 } })
      expect(answer.details.items).toMatchObject([{ code }, { code }])
      expect((await post([], { as: 'some' })).status).toBe(200)
    },
  )

  it('accepts CloudEvents in structured, batch and binary mode', async () => {
    await start()
    const as = 'open'
    expect((await post({ ...ce, data: { n: 1 } }, { as, type: structured })).status).toBe(200)
    const batch = [
      { ...ce, data: { n: 2 } },
      { ...ce, subject: 'x/y', data: { n: 3 } },
    ]
    expect((await post(batch, { as, type: 'application/cloudevents-batch+json' })).status).toBe(200)
    const headers = {
      'ce-specversion': '1.0',
      'ce-id': 'z',
      'ce-source': 'caf%C3%A9',
      'ce-type': 'lab.made',
      'ce-subject': 'bin/1',
    }
    expect((await post({ n: 4 }, { as, headers })).status).toBe(200)
    expect((await post('raw', { as, headers, type: 'text/plain' })).status).toBe(200)
    const events = await stored()
    expect(events.map((event) => event.tag)).toEqual(['lab/made', 'lab/made', 'x/y', 'bin/1', 'bin/1'])
    expect(events.slice(0, 4).map((event) => event.data)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }])
    expect(events[3].source).toBe('café')
    expect(events[4].data).toBe('raw')
  })

  it.each([
    ['text/plain', 'disk full', 'disk full'],
    ['Application/Atom+XML; charset="UTF-8"', '<é/>', '<é/>'],
    ['text/plain; charset=latin1', 'é', Buffer.from('é')],
    ['text/plain', Buffer.from([0xff]), Buffer.from([0xff])],
    ['application/pdf', '%PDF', Buffer.from('%PDF')],
  ])('keeps a body of %s in binary mode as the text or the bytes that it is', async (type, body, data) => {
    await start()
    const headers = { 'ce-specversion': '1.0', 'ce-id': 'z', 'ce-source': 'lab', 'ce-type': 'lab.made' }
    expect((await post(body, { as: 'open', headers, type })).status).toBe(200)
    const [event] = await stored()
    expect(typeof data === 'string' ? event.data : Buffer.from(event.data as Uint8Array)).toEqual(data)
  })

  it.each(['specversion', 'id', 'source', 'type'])(
    'names the required attribute %s when it is missing',
    async (name) => {
      await start()
      const { [name]: _, ...rest } = ce as Record<string, unknown>
      const { status, answer } = await post(rest, { as: 'open', type: structured })
      expect(status).toBe(400)
      expect(answer).toMatchObject({ code: 'TCN_CLOUDEVENT_INVALID', details: { attribute: name } })
      const headers = Object.fromEntries(
        Object.entries(rest).map(([key, value]) => [`ce-${key}`, String(value)]),
      )
      const binary = await post({}, { as: 'open', headers })
      expect(binary.answer).toMatchObject({ code: 'TCN_CLOUDEVENT_INVALID', details: { attribute: name } })
    },
  )

  it('refuses an invalid request with the code of the error', async () => {
    await start({ limits: { body: 10_000 } })
    const code = async (body: string, options?: PostOptions) => {
      const { status, answer } = await post(body, options)
      return [status, answer.code]
    }
    expect(await code('{"tag":"a","tag":"b"}')).toEqual([400, 'TCN_HTTP_JSON'])
    expect(await code('{"tag":')).toEqual([400, 'TCN_HTTP_JSON'])
    expect(await code('{"data":1}')).toEqual([400, 'TCN_HTTP_BODY'])
    expect(await code('{"tag":"a\\n"}')).toEqual([400, 'TCN_TAG_CONTROL'])
    expect(await code(`{"tag":"a","data":${'['.repeat(66)}${']'.repeat(66)}}`)).toEqual([
      400,
      'TCN_BODY_DEPTH',
    ])
    expect(await code('[1]', { type: structured })).toEqual([400, 'TCN_HTTP_BODY'])
    expect(await code('<a/>', { type: 'text/xml' })).toEqual([415, 'TCN_HTTP_MEDIA_TYPE'])
    expect(await code('{}', { headers: { 'content-encoding': 'gzip' } })).toEqual([
      415,
      'TCN_HTTP_MEDIA_TYPE',
    ])
    expect(await code(`"${'x'.repeat(20_000)}"`)).toEqual([413, 'TCN_HTTP_TOO_LARGE'])
    expect(await code('{"tag":"a"}', { query: '?ack=maybe' })).toEqual([400, 'TCN_HTTP_QUERY'])
    expect(await code('{"tag":"a"}', { query: '?ack=durable' })).toEqual([409, 'TCN_LOG_NOT_DURABLE'])
    expect(await code('{"tag":"hub/x"}', { as: 'open' })).toEqual([403, 'TCN_TAG_RESERVED'])
    expect(await stored()).toEqual([])
  })

  it('adds a valid traceparent, and leaves that of an event unchanged', async () => {
    await start()
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const own = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b8-00'
    const list = [{ tag: 'a' }, { tag: 'b', attributes: { traceparent: own } }]
    await post(list, { headers: { traceparent, tracestate: 'x=1' } })
    await post({ tag: 'c' }, { headers: { traceparent: `ff${traceparent.slice(2)}` } })
    expect((await stored()).map((event) => event.attributes)).toEqual([
      { traceparent, tracestate: 'x=1' },
      { traceparent: own },
      {},
    ])
  })

  describe('in lines', () => {
    const type = 'application/x-ndjson'

    it('publishes each event, reports refusals by line, and ends with a summary', async () => {
      await start({ limits: { bulkLine: 1000 } })
      const lines = [
        '{"tag":"a","data":1}',
        '',
        '{"tag":"a","data":',
        `{"tag":"a","data":"${'x'.repeat(2000)}"}`,
        JSON.stringify({ ...ce, data: 2 }),
        '{"tag":"a","data":3}',
      ]
      const { status, answer } = await post(lines.join('\n'), { type, as: 'open' })
      expect(status).toBe(200)
      expect(answer.slice(0, -1)).toMatchObject([
        { line: 3, code: 'TCN_HTTP_JSON' },
        { line: 4, code: 'TCN_HTTP_TOO_LARGE' },
      ])
      expect(answer.at(-1)).toMatchObject({
        complete: true,
        lines: 6,
        accepted: 3,
        refused: 2,
        cursor: `${hub.bus.epoch}-${hub.bus.log.last}`,
      })
      expect(await storedData()).toEqual([1, 2, 3])
    })

    it('finds lines in pieces of any size and in any script', async () => {
      await start()
      const text = Array.from(
        { length: 50 },
        (_, n) => `${JSON.stringify({ tag: 't', data: `ü${n}😀` })}\n`,
      ).join('')
      const bytes = Buffer.from(text)
      const upload = open()
      for (let at = 0; at < bytes.length; at += 7) upload.write(bytes.subarray(at, at + 7))
      upload.end()
      await upload.answer
      expect(await storedData()).toEqual(Array.from({ length: 50 }, (_, n) => `ü${n}😀`))
    })

    it('publishes during the upload, and reports a refusal before the upload ends', async () => {
      await start()
      const upload = open()
      upload.write('{"tag":"a","data":1}\nnonsense\n')
      expect(await upload.firstLine).toMatchObject({ line: 2, code: 'TCN_HTTP_JSON' })
      expect(await storedData()).toEqual([1])
      upload.end('{"tag":"a","data":2}\n')
      expect((await upload.answer).at(-1)).toMatchObject({ accepted: 2, refused: 1 })
    })

    it('reports how far it came when the hub stops in the middle', async () => {
      await start({ data: temporaryFolder('http') })
      const upload = open('?ack=durable')
      upload.write('{"tag":"a","data":1}\nnonsense\n')
      await upload.firstLine
      await hub.close()
      const last = (await upload.answer).at(-1)
      expect(last).toMatchObject({ complete: false, accepted: 1, problem: { code: 'TCN_BUS_CLOSED' } })
    })

    it('ends an upload that sends nothing more', async () => {
      await start({ limits: { requestTimeout: 200 } })
      const upload = open()
      upload.write('{"tag":"a","data":1}\n')
      expect((await upload.answer).at(-1)).toMatchObject({
        accepted: 1,
        problem: { code: 'TCN_HTTP_TIMEOUT' },
      })
    })

    function open(query = '') {
      const outgoing = request(`${hub.url}/v1/events${query}`, {
        method: 'POST',
        headers: { authorization: 'Bearer admin', 'content-type': type },
      })
      let text = ''
      let seen: (value: unknown) => void
      const firstLine = new Promise<unknown>((resolve) => {
        seen = resolve
      })
      const answer = new Promise<Record<string, unknown>[]>((resolve, reject) => {
        outgoing.on('error', reject)
        outgoing.on('response', (response) => {
          response.on('data', (chunk) => {
            text += chunk
            if (text.includes('\n')) seen(JSON.parse(text.split('\n')[0]))
          })
          response.on('end', () =>
            resolve(
              text
                .trim()
                .split('\n')
                .map((line) => JSON.parse(line)),
            ),
          )
        })
      })
      answer.catch(() => undefined)
      return {
        answer,
        firstLine,
        write: (data: string | Uint8Array) => outgoing.write(data),
        end: (data?: string) => outgoing.end(data),
        destroy: () => outgoing.destroy(),
      }
    }
  })

  describe('with an Idempotency-Key', () => {
    const headers = { 'idempotency-key': 'order-17' }

    it('gives the same answer to a repeated request, and stores nothing twice', async () => {
      await start()
      const list = [{ tag: 'a', data: 1 }, { tag: '' }, { tag: 'a', data: 2 }]
      const first = await post(list, { headers })
      expect(await post(list, { headers })).toMatchObject({ status: first.status, answer: first.answer })
      expect(await storedData()).toEqual([1, 2])
      expect((await post([{ tag: 'b' }], { headers })).answer).toMatchObject({ code: 'TCN_HTTP_KEY_REUSED' })
      expect((await post(list, { headers: { 'idempotency-key': 'other' } })).status).toBe(207)
      expect(await storedData()).toEqual([1, 2, 1, 2])
    })

    it('gives the same answer after a restart of the hub', async () => {
      const data = temporaryFolder('http')
      await start({ data })
      const first = await post([{ tag: 'a', data: 1 }], { headers })
      expect(first.answer).toMatchObject({ accepted: 1, durable: true })
      await hub.close()
      await start({ data })
      expect((await post([{ tag: 'a', data: 1 }], { headers })).answer).toEqual(first.answer)
      expect(await storedData()).toEqual([1])
    })

    it('refuses an invalid key', async () => {
      await start()
      const { answer } = await post({ tag: 'a' }, { headers: { 'idempotency-key': 'x'.repeat(300) } })
      expect(answer).toMatchObject({ code: 'TCN_HTTP_HEADER' })
    })

    it('does not count refused events as stored when the answer was lost', async () => {
      await start({ grants: { some: { publish: ['a/'] } } })
      const type = 'application/x-ndjson'
      const lines = '{"tag":"a/1"}\n{"tag":"b/1"}\n{"tag":"a/2"}\n'
      const broken = request(`${hub.url}/v1/events`, {
        method: 'POST',
        headers: { authorization: 'Bearer some', 'content-type': type, ...headers },
      })
      broken.on('error', () => {})
      broken.write(lines)
      await expect.poll(() => hub.bus.log.last).toBe(2)
      broken.destroy()
      await expect
        .poll(async () => (await post(lines, { as: 'some', type, headers })).answer)
        .toMatchObject([
          { line: 2, code: 'TCN_ACCESS_DENIED' },
          { accepted: 2, refused: 1 },
        ])
      expect((await stored()).map((event) => event.tag)).toEqual(['a/1', 'a/2'])
    })

    it('continues after the events that an interrupted upload had stored', async () => {
      await start()
      const type = 'application/x-ndjson'
      const lines = Array.from({ length: 100 }, (_, n) => `${JSON.stringify({ tag: 'n', data: n })}\n`)
      const broken = request(`${hub.url}/v1/events`, {
        method: 'POST',
        headers: { authorization: 'Bearer admin', 'content-type': type, ...headers },
      })
      broken.on('error', () => {})
      broken.write(`${lines.slice(0, 60).join('')}{"tag":"n","da`)
      await expect.poll(() => hub.bus.log.last).toBeGreaterThanOrEqual(60)
      broken.destroy()
      await expect
        .poll(async () => (await post(lines.join(''), { type, headers })).answer)
        .toMatchObject([{ complete: true, accepted: 100, refused: 0 }])
      expect(await storedData()).toEqual(Array.from({ length: 100 }, (_, n) => n))
    })
  })
})
